import ipaddr from 'ipaddr.js';
import { passwordMark, type RunningInstance, type RunningVrrp } from '../../../facts/keepalived/running-vrrp.ts';
import { contentSubject } from '../../../facts/system/file.ts';
import { parseKeepalivedConf, type Statement } from '../../../keepalived/parse.ts';
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
      why: 'the next reload or reboot changes what runs, when nobody expects it',
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

function differ(file: readonly Statement[], live: RunningInstance, salt: string): readonly string[] {
  const word = (keyword: string): string | undefined => file.find((one) => one.keyword === keyword)?.args[0];
  const children = (keyword: string) => file.find((one) => one.keyword === keyword)?.children ?? [];
  const compare = (name: string, said: string | undefined, runs: string | number): string[] =>
    said === undefined || said === String(runs) || Number(said) === runs ? [] : [`${name} ${runs}, not ${said}`];
  const password = children('authentication').find(({ keyword }) => keyword === 'auth_pass')?.args[0];
  const other =
    password !== undefined && live.passwordMark !== null && passwordMark(salt, password) !== live.passwordMark;
  const vips = normal(children('virtual_ipaddress'));
  const runs = [...live.addresses].sort().join(' ');
  return [
    ...compare('virtual_router_id', word('virtual_router_id'), live.vrid),
    ...compare('priority', word('priority'), live.priority),
    ...compare('interface', word('interface'), live.interface),
    ...compare('advert_int', word('advert_int'), live.advertInterval),
    ...(vips === runs ? [] : [`holds ${runs || 'no VIP'}, not ${vips || 'none'}`]),
    ...(other ? ['has another password'] : []),
  ];
}

/** A VIP stands as ADDRESS/PREFIX at the start of its line. */
function normal(lines: readonly Statement[]): string {
  const addresses = lines.flatMap(({ keyword }) => {
    const address = keyword.replace(/\/\d+$/, '');
    return ipaddr.isValid(address) ? [ipaddr.parse(address).toString()] : [];
  });
  return addresses.sort().join(' ');
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
