import { describe, expect, it } from 'vitest';
import type { HostPlan } from '../../../src/plan/plan.ts';
import { planJson } from '../../../src/ui/plan/plan-json.ts';
import { renderPlan } from '../../../src/ui/plan/plan-view.ts';
import { jsonDocument } from '../../../src/ui/terminal/json.ts';
import { createStyle } from '../../../src/ui/terminal/style.ts';
import { blankHost, change, plan, planned } from './plans.ts';

const style = createStyle({ colour: false });
const unreachable = {
  host: 'lb2',
  cluster: 'web',
  status: 'unreachable',
  error: {
    message: 'permission denied (publickey), 2 keys tried',
    action: 'connect',
    next: 'add your key',
    evidence: 'id_rsa',
  },
} as const satisfies HostPlan;

describe('a plan for people', () => {
  it('shows every change of a blank host, files as diffs', () => {
    expect(renderPlan(plan(planned('lb1', blankHost(100), { holds: ['192.168.1.100'] })), style)).toBe(
      `lb1 (cluster web): 6 changes, holds 192.168.1.100
+ lb1  install  package keepalived                1:2.2.7-1 from apt
+ lb1  create   /etc/sysctl.d/60-haprov.conf
    --- /dev/null
    +++ /etc/sysctl.d/60-haprov.conf
    @@ -0,0 +1,1 @@
    +net.ipv4.ip_nonlocal_bind = 1
~ lb1  set      sysctl net.ipv4.ip_nonlocal_bind  0 -> 1
+ lb1  create   /etc/keepalived/keepalived.conf   mode 0640
    --- /dev/null
    +++ /etc/keepalived/keepalived.conf
    @@ -0,0 +1,5 @@
    +vrrp_instance VI_1 {
    +  interface eth0
    +  priority 100
    +  auth_pass ********
    +}
+ lb1  open     firewall vrrp                     protocol 112, iptables (activate)
~ lb1  start    service keepalived                (activate)

PLAN 6 changes on 1 of 1 host: 4 create, 2 update, 0 remove
Next: haprov apply inventory.yaml
`,
    );
  });

  it('puts the hosts that could not be asked first, by name and with the next step', () => {
    const mixed = plan(
      planned('lb1', []),
      unreachable,
      planned('lb3', [change({ action: 'remove', target: '/etc/x', diff: { before: 'old\n', after: null } })], {
        notes: ['ufw is off'],
      }),
    );
    expect(renderPlan(mixed, style)).toBe(
      `UNREACHABLE  lb2  connect: permission denied (publickey), 2 keys tried
             | id_rsa
             Fix: add your key

lb3 (cluster web): 1 change
- lb3  remove  /etc/x
    --- /etc/x
    +++ /dev/null
    @@ -1,1 +0,0 @@
    -old

note lb3: ufw is off

PLAN 1 change on 1 of 3 hosts: 0 create, 0 update, 1 remove; 1 unreachable
Next: haprov apply inventory.yaml
`,
    );
  });

  it('says plainly that nothing is to be changed', () => {
    expect(renderPlan(plan(planned('lb1', []), planned('lb2', [])), style)).toBe(
      'PLAN 0 changes on 2 hosts: all as the inventory says\n',
    );
    expect(renderPlan(plan(planned('lb1', [])), style, { verb: 'rollback' })).toBe(
      'PLAN 0 changes on 1 host: nothing left to take back\n',
    );
    expect(renderPlan(plan(planned('lb1', [])), style, { verb: 'remove' })).toBe(
      'PLAN 0 changes on 1 host: nothing of haprov is left there\n',
    );
  });

  it('does not call a plan clean when a host could not be asked', () => {
    const text = renderPlan(plan(planned('lb1', []), unreachable), style);
    expect(text).toContain('PLAN 0 changes on 1 host: all as the inventory says; 1 unreachable\n');
    expect(text).toContain('Next: fix the errors above, then run: haprov plan inventory.yaml');
  });

  it('shows the same change on 200 hosts once, and each host its own', () => {
    const hosts = Array.from({ length: 200 }, (_, index) => {
      const own = change({ action: 'update', target: '/etc/own', detail: `line ${index}` });
      return planned(`h${index}`, index === 7 ? [own] : [...blankHost(100), own]);
    });
    const text = renderPlan(plan(...hosts), style);
    expect(text.match(/package keepalived/g)).toHaveLength(1);
    expect(text).toContain(
      '199 of 200 hosts: 6 changes on each\n  all but h7\n+ 199 hosts  install  package keepalived',
    );
    expect(text).toContain(
      'h199 (cluster web): 1 change of its own, 6 shared above\n~ h199  update  /etc/own  line 199\n',
    );
    expect(text).toContain('PLAN 1394 changes on 200 of 200 hosts: 796 create, 598 update, 0 remove\n');
    const own = text.split('\n').filter((line) => !line.startsWith('    '));
    expect(Math.max(...own.map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('keeps two equal changes of one host apart', () => {
    const restart = change({ action: 'restart', target: 'service nginx', phase: 'activate' });
    const hosts = ['a', 'b', 'c', 'd'].map((host) => planned(host, [restart, restart]));
    expect(renderPlan(plan(...hosts), style).match(/restart {2}service nginx/g)).toHaveLength(2);
  });

  it('moves a detail that does not fit to a line of its own, whole', () => {
    const detail = 'because '.repeat(14).trim();
    const text = renderPlan(plan(planned('lb1', [change({ action: 'run', target: 'command x', detail })])), style);
    expect(text).toContain(`~ lb1  run  command x\n      ${detail}\n`);
  });

  it('masks a secret of several lines in a diff before it is split into lines', () => {
    const redact = (text: string) => text.replaceAll('first\nsecond', '********');
    const secret = change({ action: 'create', target: '/k', diff: { before: null, after: 'key first\nsecond end\n' } });
    const text = renderPlan(plan(planned('lb1', [secret])), createStyle({ colour: true, redact }));
    expect(text).toContain('+key ******** end');
    expect(text).not.toContain('second');
  });

  it('quotes an inventory path that a shell would split', () => {
    const text = renderPlan({ ...plan(planned('lb1', blankHost(1))), inventory: 'my inventory.yaml' }, style);
    expect(text).toContain("Next: haprov apply 'my inventory.yaml'\n");
  });
});

describe('plan --json', () => {
  it('has the form of the contract', () => {
    const [install, create] = blankHost(100);
    const json = planJson(
      plan(
        planned(
          'lb1',
          [install, create].filter((each) => each !== undefined),
        ),
        unreachable,
      ),
    );
    expect(json).toEqual({
      format: 1,
      changes: 2,
      hosts: {
        lb1: {
          status: 'planned',
          cluster: 'web',
          changes: [
            {
              task: 'package keepalived',
              action: 'install',
              target: 'package keepalived',
              diff: null,
              detail: '1:2.2.7-1 from apt',
              phase: 'prepare',
            },
            {
              task: '/etc/sysctl.d/60-haprov.conf',
              action: 'create',
              target: '/etc/sysctl.d/60-haprov.conf',
              diff: '--- /dev/null\n+++ /etc/sysctl.d/60-haprov.conf\n@@ -0,0 +1,1 @@\n+net.ipv4.ip_nonlocal_bind = 1\n',
              detail: '',
              phase: 'prepare',
            },
          ],
          holds: [],
          notes: [],
          guard: { lease: null, armed: null, put_back: null },
          error: null,
        },
        lb2: {
          status: 'unreachable',
          cluster: 'web',
          changes: [],
          holds: [],
          notes: [],
          guard: null,
          error: unreachable.error,
        },
      },
      waves: [],
      together: [],
      blocked: {},
      vip_moves: [],
    });
  });

  it('is masked before it is encoded, and leaves the words of the contract alone', () => {
    const redact = (text: string) => text.replaceAll('pa"ss', '********').replaceAll('planned', '********');
    const secret = change({ action: 'run', target: 'command', detail: 'echo pa"ss' });
    const text = jsonDocument(planJson(plan(planned('lb1', [secret]))), redact);
    expect(JSON.parse(text)).toMatchObject({
      hosts: { lb1: { status: 'planned', changes: [{ detail: 'echo ********' }] } },
    });
  });

  it('carries no control character raw', () => {
    expect(jsonDocument({ a: '\u009b31m\u001b[2J\u202e\u007f' }, (text) => text)).toMatch(/^[\x20-\x7e\n]*$/);
    expect(JSON.parse(jsonDocument({ a: '\u009b\u202e\u{e0041}' }, (text) => text))).toEqual({
      a: '\u009b\u202e\u{e0041}',
    });
  });

  it('keeps a host with the name of an object property', () => {
    const hosts = Object.keys(planJson(plan(planned('__proto__', []), planned('constructor', []))).hosts);
    expect(hosts).toEqual(['__proto__', 'constructor']);
  });
});
