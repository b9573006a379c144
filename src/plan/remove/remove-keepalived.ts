import { keptPath, versionOf } from '../../changes/backup.ts';
import type { Change } from '../../changes/change.ts';
import type { FileVersion } from '../../changes/version.ts';
import { keptSubject } from '../../facts/state/kept.ts';
import { contentSubject, fileSubject } from '../../facts/system/file.ts';
import { probeSubject } from '../../facts/system/probe.ts';
import { unitSubject } from '../../facts/system/unit.ts';
import { serviceModule } from '../../tasks/service.ts';
import type { Planned, TaskContext } from '../../tasks/task.ts';
import { quote } from '../../transport/quote.ts';
import { HOST_PATHS } from '../../vrrp/paths.ts';
import { TakeBackError } from '../rollback/errors.ts';
import { planFileBack } from '../rollback/take-back-file.ts';
import type { FileHistory } from './history.ts';

const CONF = HOST_PATHS.keepalivedConf;

/**
 * Stops keepalived, which gives its VIPs up in order (priority 0), keeps it from starting at boot, and takes its
 * configuration away; what stood there before haprov comes back, unless it was the sample of its package. Nothing where
 * keepalived.conf is not haprov's, and never was; throws TakeBackError where it is no longer.
 */
export async function planKeepalivedAway(known: FileHistory | undefined, context: TaskContext): Promise<Planned> {
  const { ask, host } = context;
  const [fact, text, unit, kept] = await Promise.all([
    ask(fileSubject, CONF),
    ask(contentSubject, CONF),
    ask(unitSubject, 'keepalived'),
    ask(keptSubject, CONF),
  ]);
  const version = versionOf(fact);
  const own = version !== null && (known?.written.has(version.sha256) === true || isOwn(text));
  if (!own && version !== null) {
    const before =
      version.sha256 === known?.original?.sha256 || kept.some((one) => !one.own && one.sha256 === version.sha256);
    if (before || (known === undefined && kept.length === 0)) return { changes: [], notes: [] };
    throw new TakeBackError(`${CONF} is no longer what haprov wrote`, {
      host: host.id,
      action: 'plan remove',
      next: 'Keepalived runs with it, so it is for you to say: move the file away, or let haprov apply write it anew.',
    });
  }
  if (!own && known === undefined && kept.length === 0) return { changes: [], notes: [] };
  const stop = (await serviceModule.plan(serviceModule.parse({ name: 'keepalived', state: 'stopped' }), context))
    .changes;
  const disable = unit.enabled === 'enabled' ? [disableChange(context.task)] : [];
  if (!own) return { changes: [...stop, ...disable], notes: [] };
  const original = await findOriginal(known, kept, context);
  const file = {
    path: CONF,
    before: original,
    after: version?.sha256 ?? null,
    between: [],
    task: known?.task ?? context.task,
    notify: [],
  };
  const conf = await planFileBack(file, fact, context, { activates: false });
  const notes =
    original === null
      ? []
      : [
          `${CONF} from before haprov comes back, and keepalived stays stopped: systemctl enable --now keepalived starts it`,
        ];
  return { changes: [...stop, ...disable, original === null ? { ...conf, detail: '' } : conf], notes };
}

function isOwn(text: string | null): boolean {
  return text?.split('\n', 3).some((line) => line.includes('Written by haprov')) === true;
}

function disableChange(task: string): Change {
  return {
    task,
    module: 'service',
    action: 'set',
    target: 'service keepalived',
    detail: 'not started at boot any more',
    phase: 'activate',
    data: [{ kind: 'unit', target: 'keepalived', before: 'enabled', after: 'disabled' }],
    notify: [],
    unit: 'keepalived',
  };
}

/** The version that haprov's first apply found. Records may be older than they are kept: then the copies tell. */
async function findOriginal(
  known: FileHistory | undefined,
  kept: readonly (FileVersion & { readonly own: boolean })[],
  { ask }: TaskContext,
): Promise<FileVersion | null> {
  const recorded = kept.find((one) => !one.own && one.sha256 === known?.original?.sha256);
  const found = recorded ?? kept.find((one) => !one.own);
  if (found === undefined) return null;
  const { sha256, mode, owner, group } = found;
  const sample = await ask(probeSubject, sampleScript(keptPath(CONF, sha256)));
  return sample ? null : { sha256, mode, owner, group };
}

/** Whether the copy is the file as its package brings it. */
function sampleScript(copy: string): string {
  return `set -eu
dest=${quote(CONF)}; copy=${quote(copy)}
hash() { h=$(sha256sum <"$1"); echo "\${h%% *}"; }
if command -v rpm >/dev/null && rpm -qf "$dest" >/dev/null 2>&1; then
  rpm -qf --qf '[%{FILENAMES} %{FILEDIGESTS}\n]' "$dest" | grep -qxF "$dest $(hash "$copy")"
else
  owner=$(dpkg-query -S "$dest" 2>/dev/null) || exit 1
  sum=$(md5sum <"$copy")
  dpkg-query -W -f '\${Conffiles}\n' "\${owner%%:*}" | grep -qF " $dest \${sum%% *}"
fi`;
}
