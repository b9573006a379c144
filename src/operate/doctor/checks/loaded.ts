import type { RunningInstance, RunningVrrp } from '../../../facts/keepalived/running-vrrp.ts';
import { contentSubject } from '../../../facts/system/file.ts';
import type { Keyword, Values } from '../../../keepalived/keyword.ts';
import { parseKeepalivedConf, type Statement } from '../../../keepalived/parse.ts';
import { VRRP_INSTANCE } from '../../../keepalived/table/vrrp-instance.ts';
import { HOST_PATHS } from '../../../vrrp/paths.ts';
import { type Answer, type Check, hostCheck, running } from '../check.ts';
import { ok, skip, type Verdict, warn } from '../finding.ts';

export interface Loaded {
  readonly running: RunningVrrp | null;
  readonly text: string | null;
  readonly salt: string;
}

/** Whether keepalived runs with what its file says: a reload may have been forgotten, or refused. */
export function judgeLoaded({ host, facts: { running: vrrp, text, salt } }: Answer<Loaded>): readonly Verdict[] {
  if (vrrp === null || text === null) return [];
  // Definitions, conditions and includes are keepalived's to resolve.
  if (/^\s*(?:\$\w+\s*=|include|@)/m.test(text))
    return [skip(host.id, 'keepalived.conf has includes or definitions: not compared')];
  const written = instancesOf(text);
  if (written === undefined) return [];
  const names = new Set([...written.keys(), ...vrrp.instances.map(({ name }) => name)]);
  const differences = [...names].flatMap((name) => {
    const file = written.get(name);
    const live = vrrp.instances.find((one) => one.name === name);
    if (file === undefined) return [`${name} runs, and is not in the file`];
    if (live === undefined) return [`${name} is in the file, and does not run`];
    return differ(file, live, salt).map((what) => `${name} ${what}`);
  });
  if (differences.length === 0) return [ok(host.id, 'keepalived runs with what its file says')];
  return [
    warn(host.id, `keepalived runs with something else than its file: ${differences.join('; ')}`, {
      why: 'the next reload or reboot changes what runs, at an unexpected moment',
      mends: true,
      fix: 'systemctl reload keepalived, and read journalctl -u keepalived -n 20',
    }),
  ];
}

function instancesOf(text: string): ReadonlyMap<string, readonly Statement[]> | undefined {
  try {
    const statements = parseKeepalivedConf(text).filter(({ keyword }) => keyword === 'vrrp_instance');
    return new Map(statements.map(({ args, children = [] }) => [args[0] ?? '', children]));
  } catch {
    return undefined;
  }
}

/** In what the running instance differs from the file, in words: keyword by keyword of the table. */
function differ(file: readonly Statement[], live: RunningInstance, salt: string): readonly string[] {
  const runs: Values = { ...live };
  return Object.entries<Keyword>(VRRP_INSTANCE).flatMap(([keyword, { kind, dump }]) => {
    if (kind.differ !== undefined) return kind.differ(keyword, file, runs, salt);
    if (dump === undefined || dump.compared === false) return [];
    const said = kind.read(keyword, file);
    const now = runs[dump.as];
    return said === undefined || String(said) === String(now) ? [] : [`${keyword} ${now}, not ${said}`];
  });
}

export const LOADED_CHECK: Check = hostCheck<Loaded>({
  id: 'HD016',
  name: 'loaded',
  ask: async (member) => {
    const [now, text] = await Promise.all([running(member), member.look(contentSubject, HOST_PATHS.keepalivedConf)]);
    return { running: now, text, salt: member.salt };
  },
  judge: judgeLoaded,
});
