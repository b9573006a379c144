import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeValue } from '../../../src/host/encode.ts';
import { type Ended, ScratchRoot, SHELLS } from './support.ts';

let root: ScratchRoot;
beforeEach(() => {
  root = new ScratchRoot();
});
afterEach(() => root.remove());

const IN = 'iptables INPUT -d 224.0.0.18/32 -i eth0 -p 112 -j ACCEPT';
const OUT = 'iptables OUTPUT -d 224.0.0.18/32 -o eth0 -p 112 -j ACCEPT';
const DROP = 'iptables INPUT -s 1.2.3.4 -j DROP';
type Fields = Readonly<Record<string, string>>;
const lineOf = (fields: Fields): string =>
  ['firewall', ...Object.entries(fields).map(([key, value]) => `${key}=${encodeValue(value)}`)].join(' ');
const DONE = { code: 0, stdout: '', stderr: '' };
const calls = (pattern: RegExp): string[] =>
  (root.read('calls') ?? '').split('\n').filter((line) => pattern.test(line));

/** One change by the list, as a revert runs it, or by itself. */
function change(shell: readonly string[], args: Fields): Ended {
  return root.run(shell, ['changes'], `${lineOf(args)}\n`);
}

describe.each(SHELLS)('rules of iptables, under %s', (...shell) => {
  interface Side {
    readonly rules?: readonly string[];
    readonly unit?: 'running' | 'stopped';
  }
  const bring = (before: Side, after: Side): Ended =>
    change(shell, {
      backend: 'iptables',
      before_rules: (before.rules ?? []).join('\n'),
      before_unit: before.unit ?? 'running',
      after_rules: (after.rules ?? []).join('\n'),
      after_unit: after.unit ?? 'running',
    });
  const rules = (...lines: string[]): void => root.write('rules', lines.map((line) => `${line}\n`).join(''));

  beforeEach(() => {
    const file = root.path('rules');
    root.stub(
      'iptables',
      `shift 2; verb=$1; shift
case $verb in
  -C) grep -qxF -- "iptables $*" ${file};;
  -D) grep -qxF -- "iptables $*" ${file} || exit 1; grep -vxF -- "iptables $*" ${file} >${file}.new; mv ${file}.new ${file};;
esac`,
    );
    root.stub('systemctl', `case "$1" in is-active) echo active;; restart) [ ! -e ${root.path('broken')} ];; esac`);
  });

  it('are set by the service, which is started for it', () => {
    rules();
    expect(bring({ unit: 'stopped' }, { rules: [IN, OUT] })).toEqual(DONE);
    expect(calls(/systemctl/)).toEqual(['systemctl daemon-reload', 'systemctl restart haprov-firewall.service']);
  });

  it('are set once more where nothing but the service has changed', () => {
    rules(IN, OUT);
    expect(bring({ rules: [IN, OUT] }, { rules: [IN, OUT] })).toEqual(DONE);
    expect(calls(/restart/)).toHaveLength(1);
  });

  it('are deleted where they are in the old state alone, and the service that held them stops', () => {
    rules(IN, DROP, OUT);
    const ended = bring({ rules: [IN, OUT] }, { unit: 'stopped' });
    expect(ended).toEqual({
      ...DONE,
      stdout: `deleted the rule of iptables: ${IN.slice(9)}\ndeleted the rule of iptables: ${OUT.slice(9)}\nstopped haprov-firewall\n`,
    });
    expect(root.read('rules')).toBe(`${DROP}\n`);
    expect(bring({ rules: [IN, OUT] }, { unit: 'stopped' })).toEqual({ ...DONE, stdout: 'stopped haprov-firewall\n' });
  });

  it('stay where they were before, and so does a service that ran', () => {
    rules(IN, OUT);
    expect(bring({ rules: [IN, OUT] }, { rules: [IN] }).code).toBe(0);
    expect(root.read('rules')).toBe(`${IN}\n`);
    expect(calls(/systemctl/)).toEqual([]);
  });

  it('are left to the services while the host boots', () => {
    rules(IN);
    root.stub('iptables', 'exit 1');
    const line = lineOf({
      backend: 'iptables',
      before_rules: IN,
      before_unit: 'running',
      after_rules: '',
      after_unit: 'stopped',
    });
    const boot = `HAPROV_BOOT=1; export HAPROV_BOOT; set -- changes; . ${root.program()}`;
    expect(root.spawn(shell, ['-c', boot], `${line}\n`)).toEqual(DONE);
    expect(calls(/systemctl/)).toEqual([]);
  });

  it('that cannot be asked for, or not deleted, are failures', () => {
    root.stub('iptables', 'exit 4');
    expect(bring({ rules: [IN] }, {})).toEqual({ code: 1, stdout: '', stderr: 'iptables does not answer\n' });
    root.stub('iptables', 'case $3 in -C) exit 0;; *) exit 1;; esac');
    expect(bring({ rules: [IN] }, {})).toMatchObject({ code: 1, stderr: expect.stringContaining('is still there') });
    root.write('broken', '');
    expect(bring({ unit: 'stopped' }, { rules: [IN] }).code).toBe(1);
  });

  it('are words, and run nothing', () => {
    rules();
    expect(bring({ rules: [`rm -rf ${root.path('rules')}`] }, {})).toMatchObject({ code: 1, stdout: '' });
    expect(bring({ rules: ['iptables INPUT -i $(id) -i *'] }, {})).toEqual(DONE);
    expect(calls(/-C/)).toEqual(['iptables -w 10 -C INPUT -i $(id) -i *']);
  });
});

describe.each(SHELLS)('a zone of firewalld, under %s', (...shell) => {
  const bring = (before: readonly [string, string], after: readonly [string, string]): Ended =>
    change(shell, {
      backend: 'firewalld',
      before_zone: 'public',
      before_runtime: before[0],
      before_permanent: before[1],
      after_zone: 'public',
      after_runtime: after[0],
      after_permanent: after[1],
    });
  const changed = (): string[] => calls(/-(?:add|remove)-protocol/);

  /** Keeps whether VRRP is in the zone, at run time and permanently, as files. */
  function firewalld(runtime: boolean, permanent: boolean): void {
    if (runtime) root.write('zone-runtime', '');
    if (permanent) root.write('zone-permanent', '');
    for (const [name, state] of [
      ['firewall-cmd', `case "$*" in *--permanent*) z=permanent;; *) z=runtime;; esac`],
      ['firewall-offline-cmd', 'z=permanent'],
    ] as const) {
      root.stub(
        name,
        `${state}; z=${root.path('zone-')}$z
case "$*" in *--query*) [ -e $z ];; *--remove*) rm -f $z;; *--add*) : >$z;; esac`,
      );
    }
  }

  it.each([
    ['yes', 'yes', ['firewall-cmd --zone=public', 'firewall-cmd --permanent --zone=public']],
    ['no', 'yes', ['firewall-cmd --permanent --zone=public']],
    ['yes', 'no', ['firewall-cmd --zone=public']],
  ])('gets VRRP where it was not, and loses it there again: %s, %s', (runtime, permanent, ways) => {
    firewalld(runtime === 'no', permanent === 'no');
    const [before, after] = [
      [runtime === 'no' ? 'yes' : 'no', permanent === 'no' ? 'yes' : 'no'],
      ['yes', 'yes'],
    ] as const satisfies readonly (readonly [string, string])[];
    expect(bring(before, after)).toEqual(DONE);
    expect(changed()).toEqual(ways.map((way) => `${way} --add-protocol=vrrp`));
    expect(bring(before, after)).toEqual(DONE);
    expect(changed()).toHaveLength(ways.length);
    expect(bring(after, before)).toEqual({ ...DONE, stdout: 'took VRRP out of zone public\n'.repeat(ways.length) });
    expect(changed().slice(ways.length)).toEqual(ways.map((way) => `${way} --remove-protocol=vrrp`));
    expect(bring(after, before)).toEqual(DONE);
    expect(changed()).toHaveLength(2 * ways.length);
  });

  it('is changed offline where it does not run, as while the host boots', () => {
    firewalld(false, true);
    root.stub('firewall-cmd', 'exit 252');
    expect(bring(['yes', 'yes'], ['no', 'no'])).toEqual({ ...DONE, stdout: 'took VRRP out of zone public\n' });
    expect(changed()).toEqual(['firewall-offline-cmd --zone=public --remove-protocol=vrrp']);
  });

  it('that does not let itself be changed is a failure', () => {
    root.stub('firewall-cmd', 'case "$*" in *--add*) exit 1;; *--query*) exit 1;; esac');
    expect(bring(['no', 'no'], ['yes', 'yes']).code).toBe(1);
  });
});

it('a firewall that has no file is refused', () => {
  expect(change(['dash'], { backend: 'nftables' })).toMatchObject({
    code: 1,
    stderr: "this haprov does not write the rules of 'nftables'\n",
  });
});
