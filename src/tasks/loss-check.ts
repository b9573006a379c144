import { HaprovError } from '../errors.ts';
import { configFilesSubject } from '../facts/keepalived/config-files.ts';
import type { UnitFact } from '../facts/system/unit.ts';
import { fragmentPath } from '../keepalived/fragments.ts';
import { isDropped, type Loss } from '../keepalived/loss/loss.ts';
import { lossesBetween } from '../keepalived/loss/losses.ts';
import { isOwn, ownWords } from '../keepalived/loss/ownership.ts';
import type { Tracking } from '../keepalived/loss/track-losses.ts';
import { parseKeepalivedConf, type Statement } from '../keepalived/parse.ts';
import { readSources } from '../keepalived/source/read-sources.ts';
import { HOST_PATHS } from '../vrrp/paths.ts';
import type { TaskContext } from './task.ts';

/** A keepalived.conf that haprov did not write has what the inventory has not. */
export class LossError extends HaprovError {
  override readonly name = 'LossError';
}

/** As many losses are named one by one. */
const NAMED = 40;

/**
 * Nothing that keepalived.conf on the host has gets lost without a word of the user's. What haprov wrote earlier may go: the
 * inventory is where it was taken out of.
 *
 * @throws LossError naming each thing by its file and line
 */
export async function mustLoseNothing(text: string, unit: UnitFact, context: TaskContext): Promise<void> {
  const sources = await context.ask(configFilesSubject, HOST_PATHS.keepalivedConf);
  if (sources === null) return;
  const { drop = [], fragments = [] } = context.cluster.keepalived;
  const { statements, unresolved } = readSources(sources);
  const kept = await Promise.all(
    fragments.map(async (path) => ({ path: fragmentPath(path), content: await context.read(path) })),
  );
  const next = [...parseKeepalivedConf(text), ...kept.flatMap(({ content }) => parseKeepalivedConf(content))];
  const own = isOwn(sources.files.get(sources.root) ?? '');
  const old = own ? statements.filter((one) => !ownWords(one, sources.root)) : statements;
  if (!own && unit.active !== 'active' && isSample(old)) return;
  const opaque = own ? [] : unresolved.map(({ why, ...where }): Loss => ({ ...where, what: why }));
  const losses = [...opaque, ...lossesBetween(old, next, await trackingOf(context))];
  const left = losses.filter((loss) => !isDropped(loss, drop));
  if (left.length > 0) throw lost(left, sources.root, context);
}

async function trackingOf({ cluster, read }: TaskContext): Promise<Tracking> {
  const { notify, service } = cluster;
  const scripts = [notify, ...Object.values(notify.instances ?? {})].flatMap(({ script, states = {} }) => [
    ...(script === undefined ? [] : [script]),
    ...Object.values(states),
  ]);
  const calls = await Promise.all(scripts.map(async (path) => ({ path, text: await read(path) })));
  return { calls, ...(service === 'none' ? {} : { service }) };
}

function lost(losses: readonly Loss[], root: string, { host }: TaskContext): LossError {
  const [first, ...more] = losses.map(({ file = root, line, what }) => `${file} line ${line}: ${what}`);
  const words = [...new Set(losses.map(({ word }) => word))];
  const count = losses.length === 1 ? 'one thing' : `${losses.length} things`;
  return new LossError(
    `keepalived.conf on this host has ${count} that the inventory does not: ${[first, ...more.slice(0, NAMED - 1)].join('; ')}${more.length >= NAMED ? '; …' : ''}`,
    {
      host: host.id,
      action: `plan ${HOST_PATHS.keepalivedConf}`,
      next: `Nothing was changed. Bring it into the inventory (haprov adopt ${host.address} writes one that keeps it all), or give it up: keepalived: { drop: [${words.map((word) => (/^[a-z_]+$/.test(word) ? word : `'${word}'`)).join(', ')}] }`,
    },
  );
}

/** The example that the RPM family's package brings, which serves nobody as long as it does not run. */
function isSample(statements: readonly Statement[]): boolean {
  return JSON.stringify(statements).includes('"LVS_DEVEL"') && JSON.stringify(statements).includes('"192.168.200.16"');
}
