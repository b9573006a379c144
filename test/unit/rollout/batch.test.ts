import { describe, expect, it } from 'vitest';
import { change, type Fate, statuses, tell } from './fleet.ts';

const deeds = (log: readonly string[], host: string): string[] =>
  log.filter((line) => line.includes(host) && !line.includes('record') && !/ (do package|stage config)$/.test(line));

describe('a batch', () => {
  it('is armed, made, gated, reached anew and confirmed, in that order, before the next host is touched', async () => {
    const { log } = await tell({ a: ['fine', 'fine'] });
    const begin = log.indexOf('baseline a');
    expect(log.slice(begin, -2)).toEqual([
      'baseline a',
      'arm a/lb2 for package config service',
      'a/lb2 do config',
      'a/lb2 do service',
      'gates a after a/lb2',
      'reach a/lb2',
      'confirm a/lb2',
      'arm a/lb1 for package config service',
      'a/lb1 do config',
      'a/lb1 do service',
      'gates a after a/lb1',
      'reach a/lb1',
      'confirm a/lb1',
    ]);
    expect(log.slice(-2).sort()).toEqual(['close record a/lb1 done', 'close record a/lb2 done']);
  });

  it.each([
    ['activate-fails', 'it went wrong'],
    ['gate-fails', 'the check fails'],
    ['not-reached-anew', 'unexpected: connection timed out'],
  ] as const)('of a host whose fate is %s is put back, and its partner keeps the VIP', async (fate: Fate, message) => {
    const told = await tell({ a: ['fine', fate] });
    expect(told.log).toContain('put back a/lb2');
    expect(told.log).not.toContain('confirm a/lb2');
    expect(deeds(told.log, 'a/lb1')).toEqual(['a/lb1 unstage config']);
    expect(told.summary.hosts['a/lb2']).toMatchObject({ status: 'failed', putBack: true, error: { message } });
    expect(told.summary.hosts['a/lb1']?.error?.message).toBe('not activated, since a/lb2 failed');
    expect(told.log).toContain('close record a/lb2 put-back');
  });

  it('that was put back names no file that went with it as the next step', async () => {
    const script = '/usr/libexec/keepalived/check';
    const version = { sha256: 'a'.repeat(64), mode: '0755', owner: 'root', group: 'root' };
    const changes = (host: string) => [
      change(host, 'activate', 'new', {
        data: [{ kind: 'file', target: script, before: null, after: version }],
      }),
      change(host, 'activate', 'config'),
    ];
    const next = `Run it on the host: ${script}`;
    const { summary } = await tell({ a: ['fine', 'gate-fails'] }, { changes, gateNext: next });
    expect(summary.hosts['a/lb2']?.error?.next).toContain(`${script} went with the change. On a/lb2: systemctl status`);
  });

  it('that nobody could put back says so, and what the host does by itself', async () => {
    const putBack = { state: 'unknown', detail: 'the connection was lost' } as const;
    const { summary, events } = await tell({ a: ['fine', 'gate-fails'] }, { putBack });
    expect(summary.hosts['a/lb2']?.putBack).toBeUndefined();
    expect(summary.hosts['a/lb2']?.error?.message).toBe(
      'the check fails; nobody could reach it: the host puts the old state back by itself within 60 s',
    );
    expect(events).toContainEqual({ event: 'put-back', host: 'a/lb2', ok: false, detail: 'the connection was lost' });
  });

  it('brings what was begun to its end when it is interrupted, and begins no other', async () => {
    const told = await tell(
      { a: ['fine', 'fine'], b: ['converged', 'converged'] },
      { onScript: (script, abort) => (script === 'a/lb2 do config' ? abort.abort() : undefined) },
    );
    expect(told.log).toContain('confirm a/lb2');
    expect(deeds(told.log, 'a/lb1')).toEqual(['a/lb1 unstage config']);
    expect(statuses(told)).toMatchObject({ 'a/lb2': 'changed 3', 'a/lb1': 'failed 1', 'b/lb1': 'ok 0' });
    expect(told.summary.hosts['a/lb1']?.error?.message).toBe('interrupted');
  });
});

describe('a restart of keepalived', () => {
  const restart = (host: string) => [
    change(host, 'activate', 'config'),
    change(host, 'activate', 'service keepalived', { unit: 'keepalived', action: 'restart' }),
  ];

  it('is preceded by a handover where the host holds VIPs, and by none where it does not', async () => {
    const { log } = await tell({ a: ['fine', 'fine'] }, { changes: restart });
    expect(log.filter((line) => /hand|come|do service/.test(line))).toEqual([
      'a/lb2 do service keepalived',
      'hand over a/lb1',
      'a/lb1 do service keepalived',
      'come back a/lb1',
    ]);
  });
});

describe('a restart of the service', () => {
  const restart = (host: string) => [
    change(host, 'activate', 'service nginx', { unit: 'nginx', action: 'restart' }),
    change(host, 'activate', 'config'),
  ];

  it('has the way back see to keepalived, which the handover stops', async () => {
    const { log } = await tell({ a: ['fine', 'converged'] }, { changes: restart });
    expect(log).toContain('arm a/lb1 for service nginx config service keepalived');
    expect(log.filter((line) => /hand|come|do /.test(line))).toEqual([
      'hand over a/lb1',
      'a/lb1 do service nginx',
      'come back a/lb1',
      'a/lb1 do config',
    ]);
  });

  it('that fails has the host come back before its old state is put back', async () => {
    const failing = (host: string) => [change(host, 'activate', 'config', { unit: 'nginx', action: 'restart' })];
    const { log } = await tell({ a: ['activate-fails', 'converged'] }, { changes: failing });
    expect(log.filter((line) => /hand|come| do |put/.test(line) && !line.includes('record'))).toEqual([
      'hand over a/lb1',
      'a/lb1 do config',
      'come back a/lb1',
      'put back a/lb1',
    ]);
  });
});

describe('a cluster that serves nothing yet', () => {
  it('starts on all hosts at once', async () => {
    const { log } = await tell({ a: ['fine', 'fine'] }, { holders: { a: [] } });
    expect(log.filter((line) => line.startsWith('gates'))).toEqual(['gates a after a/lb1 a/lb2']);
  });

  it('starts keepalived first on the host of the highest priority, after all else is ready on all hosts', async () => {
    const changes = (host: string) => [
      change(host, 'activate', 'config'),
      change(host, 'activate', 'service keepalived', { unit: 'keepalived', action: 'start' }),
      change(host, 'activate', 'last'),
    ];
    const { ran } = await tell({ a: ['fine', 'fine'] }, { holders: { a: [] }, changes });
    const done = ran.filter((script) => / do /.test(script));
    expect(done.slice(0, 2).sort()).toEqual(['a/lb1 do config', 'a/lb2 do config']);
    expect(done.slice(2)).toEqual([
      'a/lb1 do service keepalived',
      'a/lb1 do last',
      'a/lb2 do service keepalived',
      'a/lb2 do last',
    ]);
  });

  it('keeps the host that is well when the other is not', async () => {
    const told = await tell({ a: ['fine', 'activate-fails'] }, { holders: { a: [] } });
    expect(told.log).toContain('confirm a/lb1');
    expect(told.log).toContain('put back a/lb2');
    expect(statuses(told)).toEqual({ 'a/lb1': 'changed 3', 'a/lb2': 'failed 1' });
  });
});

describe('changes that peers notice', () => {
  const visible = (host: string) => [
    change(host, 'activate', 'config', {
      target: '/etc/keepalived/keepalived.conf',
      peerVisible: [{ instance: 'VI_1', key: 'auth_pass', detail: 'changes' }],
    }),
    change(host, 'activate', 'service keepalived', { unit: 'keepalived', action: 'reload' }),
  ];

  it('are put in place everywhere, then reloaded, the master first, before any gate', async () => {
    const { log } = await tell({ a: ['fine', 'fine'] }, { changes: visible });
    const reloads = log.map((line, index) => ({ line, index })).filter(({ line }) => line.includes('reload'));
    const places = log.findLastIndex((line) => line.endsWith('do config'));
    expect(places).toBeLessThan(reloads[0]?.index ?? 0);
    expect(log.filter((line) => line.startsWith('gates'))).toEqual(['gates a after a/lb1 a/lb2']);
    expect(log.filter((line) => /^(arm|confirm)/.test(line)).map((line) => line.split(' ')[0])).toEqual([
      'arm',
      'arm',
      'confirm',
      'confirm',
    ]);
  });

  it('are taken back on all hosts when one of them fails', async () => {
    const told = await tell({ a: ['fine', 'gate-fails'] }, { changes: visible });
    expect(told.log).toEqual(expect.arrayContaining(['put back a/lb1', 'put back a/lb2']));
    expect(told.summary.hosts['a/lb1']?.error?.message).toBe('taken back together with a/lb2');
  });

  it('go back to before the run where they fail, since the old configuration needs the old checks', async () => {
    const changes = (host: string) => [
      change(host, 'prepare', 'package'),
      change(host, 'activate', 'config', { target: '/usr/libexec/keepalived/check' }),
      ...visible(host),
    ];
    const told = await tell({ a: ['fine', 'fine'] }, { changes });
    const arms = told.log.filter((line) => line.startsWith('arm a/lb2'));
    expect(arms).toEqual([
      'arm a/lb2 for package /usr/libexec/keepalived/check',
      'arm a/lb2 for package /usr/libexec/keepalived/check /etc/keepalived/keepalived.conf service keepalived',
    ]);
  });

  it('are taken back where they were confirmed before another host failed to', async () => {
    const told = await tell({ a: ['fine', 'not-confirmed'] }, { changes: visible });
    expect(told.log).toEqual(
      expect.arrayContaining([
        'take back a/lb1 /etc/keepalived/keepalived.conf service keepalived',
        'put back a/lb2',
        'close record a/lb1 put-back',
      ]),
    );
    expect(told.summary.hosts['a/lb1']).toMatchObject({ status: 'failed', putBack: true });
  });

  it('have an election’s time to be confirmed in, and not a minute: two configurations are two masters', async () => {
    const told = await tell({ a: ['fine', 'fine'] }, { changes: visible });
    expect(told.events.flatMap((event) => (event.event === 'armed' ? [event.seconds] : []))).toEqual([4, 4]);
  });

  it('are confirmed on none unless all can be reached anew', async () => {
    const told = await tell({ a: ['fine', 'not-reached-anew'] }, { changes: visible });
    expect(told.log.filter((line) => line.startsWith('confirm'))).toEqual([]);
    expect(told.log).toEqual(expect.arrayContaining(['put back a/lb1', 'put back a/lb2']));
  });
});
