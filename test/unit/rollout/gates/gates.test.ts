import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VrrpPhase } from '../../../../src/facts/keepalived/vrrp-state.ts';
import { getBaseline } from '../../../../src/rollout/gates/baseline.ts';
import { GateError } from '../../../../src/rollout/gates/gate-error.ts';
import { type GateOptions, passGates } from '../../../../src/rollout/gates/gates.ts';
import { electionTime } from '../../../../src/rollout/gates/holders.ts';
import { LostConnectionError } from '../../../../src/transport/errors.ts';
import { clusterOf, createWorld, PAIR, type World } from './world.ts';

const VIP = '192.168.1.100';
const NEVER = new AbortController().signal;
/** The machine that runs haprov has no way to the VIPs unless a test says so. */
const NO_WAY = async () => 'silent' as const;

async function gates(
  world: World,
  moved: readonly string[],
  more: Partial<GateOptions> & { readonly after?: () => void } = {},
) {
  const { cluster, sessions, clock, emit } = world;
  const local = more.local ?? NO_WAY;
  const baseline = await getBaseline(cluster, sessions, NEVER, local);
  world.ran.length = 0;
  more.after?.();
  return passGates({
    cluster,
    sessions,
    activated: moved,
    baseline,
    blind: false,
    emit,
    signal: NEVER,
    local,
    clock,
    ...more,
  });
}

async function refusal(passing: Promise<unknown>): Promise<GateError> {
  const error = await passing.then(
    () => new Error('the gates were passed'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof GateError)) throw error;
  return error;
}

const gatesOf = (world: World) =>
  world.events.flatMap((event) =>
    event.event === 'gate'
      ? [`${event.ok ? 'ok' : 'FAILED'} ${event.host ?? event.cluster} ${event.gate}: ${event.detail}`]
      : [],
  );

describe('the gates of a healthy pair', () => {
  it('are passed, each told, and who holds what is known', async () => {
    const world = createWorld(clusterOf(PAIR));
    expect(await gates(world, ['lb2'])).toEqual([
      { cluster: 'web', instance: 'VI_1', vip: VIP, holders: ['lb1'], unseen: [] },
    ]);
    expect(gatesOf(world).sort()).toEqual([
      'ok lb2 VRRP state: VI_1 BACKUP',
      'ok lb2 checks: check_nginx',
      'ok lb2 keepalived runs: active',
      'ok lb2 nginx listens: port 80',
      'ok lb2 nginx runs: active',
      `ok web ${VIP} answers: port 80, asked from lb2`,
      `ok web one holder of ${VIP}: lb1`,
    ]);
  });

  it('cost the time until the next advert, and two round trips a member after it', async () => {
    const world = createWorld(clusterOf(PAIR));
    await gates(world, ['lb1', 'lb2']);
    const looks = world.ran.filter(({ host, script }) => host === 'lb1' && script.includes('kill -s USR1')).length;
    for (const id of ['lb1', 'lb2']) expect(world.ran.filter(({ host }) => host === id)).toHaveLength(looks + 2);
    expect(looks).toBeLessThanOrEqual(3);
    expect(world.clock.now()).toBeGreaterThanOrEqual(1000);
    expect(world.clock.now()).toBeLessThan(1300);
  });

  it('cost one look where no member is a BACKUP', async () => {
    const world = createWorld(clusterOf(PAIR));
    world.host('lb2').keepalived = 'inactive';
    await gates(world, ['lb1']);
    expect(world.ran.filter(({ host }) => host === 'lb1')).toHaveLength(3);
    expect(world.clock.now()).toBe(0);
  });

  it('leave members alone that were not moved, but for their addresses and what they hear', async () => {
    const world = createWorld(clusterOf(PAIR));
    world.host('lb1').states = { VI_1: 'FAULT' };
    world.host('lb1').service = 'failed';
    await gates(world, ['lb2']);
    expect(world.ran.filter(({ host }) => host === 'lb1').map(({ script }) => script)).not.toContainEqual(
      expect.stringContaining('systemctl show -p Id,'),
    );
  });
});

describe('the daemons of a host that was moved', () => {
  it.each(['keepalived', 'service'] as const)('are not waited for once %s is down', async (unit) => {
    const world = createWorld(clusterOf(PAIR));
    world.host('lb2')[unit] = 'failed';
    world.host('lb2').journal = 'Nov 22 11:00 nginx: [emerg] it went wrong';
    const error = await refusal(gates(world, ['lb2']));
    const name = unit === 'service' ? 'nginx' : unit;
    expect(error.message).toBe(`${name} does not run on lb2: failed`);
    expect(error.facts).toMatchObject({
      host: 'lb2',
      action: `gate: ${name} runs`,
      evidence: 'Nov 22 11:00 nginx: [emerg] it went wrong',
      next: `On lb2: systemctl status ${name}; journalctl -u ${name} -n 50`,
    });
    expect(world.clock.now()).toBe(0);
    expect(gatesOf(world)).toEqual([`FAILED lb2 ${name} runs: ${name} does not run on lb2: failed`]);
  });

  it('are waited for while they start', async () => {
    const world = createWorld(clusterOf(PAIR));
    const lb2 = world.host('lb2');
    lb2.keepalived = 'activating';
    world.at(2000, () => {
      lb2.keepalived = 'active';
    });
    await gates(world, ['lb2']);
    expect(world.clock.now()).toBeGreaterThanOrEqual(2000);
  });

  it('may have another name than the service', async () => {
    const world = createWorld(clusterOf(PAIR));
    world.host('lb2').service = 'not-found';
    await gates(world, ['lb2']);
    expect(gatesOf(world).join()).not.toContain('nginx runs');
  });

  it('are not in order while keepalived is a new process again and again', async () => {
    const world = createWorld(clusterOf(PAIR));
    const lb2 = world.host('lb2');
    lb2.age = 0;
    for (let ms = 0; ms < 60_000; ms += 100) world.at(ms, () => (lb2.pid += 1));
    const error = await refusal(gates(world, ['lb2']));
    expect(error.message).toBe('keepalived on lb2 has been started this second');
    expect(world.clock.now()).toBeGreaterThanOrEqual(electionTime(world.cluster));
  });

  it('are in order when keepalived has just been started, and is the same process for a second', async () => {
    const world = createWorld(clusterOf(PAIR));
    world.host('lb2').age = 0;
    await gates(world, ['lb2']);
    expect(world.clock.now()).toBeGreaterThanOrEqual(1000);
    expect(world.clock.now()).toBeLessThan(3000);
  });
});

describe('the VRRP state of a host that was moved', () => {
  it.each<[string, (world: World) => void]>([
    ['INIT', (world) => (world.host('lb2').states = { VI_1: 'INIT' })],
    [
      'a first result of its checks',
      (world) => {
        world.host('lb2').states = { VI_1: 'FAULT' };
        world.host('lb2').waitsFor = 1;
      },
    ],
    ['an instance that is not there yet', (world) => (world.host('lb2').states = {})],
    ['a dump that does not come', (world) => (world.host('lb2').mute = true)],
  ])('is waited for: %s', async (_, arrange) => {
    const world = createWorld(clusterOf(PAIR));
    arrange(world);
    world.at(3000, () => Object.assign(world.host('lb2'), { states: { VI_1: 'BACKUP' }, waitsFor: 0, mute: false }));
    await gates(world, ['lb2']);
    expect(world.clock.now()).toBeGreaterThanOrEqual(3000);
  });

  it('is not waited for longer than an election lasts', async () => {
    const world = createWorld(clusterOf(PAIR));
    world.host('lb2').states = {};
    const error = await refusal(gates(world, ['lb2']));
    expect(error.message).toBe('keepalived on lb2 has no instance VI_1: it did not take in its configuration');
    expect(world.clock.now()).toBeLessThan(electionTime(world.cluster) + 1000);
  });

  it('of FAULT is explained by the check that fails', async () => {
    const world = createWorld(clusterOf(PAIR));
    Object.assign(world.host('lb2'), { states: { VI_1: 'FAULT' }, bad: ['check_nginx'], check: 'check nginx: 404' });
    const error = await refusal(gates(world, ['lb2']));
    expect(error.message).toBe('VI_1 on lb2 is in FAULT: the check check_nginx fails: check nginx: 404');
    expect(error.facts).toMatchObject({ host: 'lb2', action: 'gate: VRRP state' });
    expect(error.facts.next).toContain('/usr/libexec/keepalived/haprov-check-nginx');
    expect(error.facts.evidence).toContain('a line of the journal');
  });

  it('of FAULT passes by itself where the check passes again', async () => {
    const world = createWorld(clusterOf(PAIR));
    Object.assign(world.host('lb2'), { states: { VI_1: 'FAULT' }, bad: ['check_nginx'] });
    world.at(4000, () => Object.assign(world.host('lb2'), { states: { VI_1: 'BACKUP' }, bad: [] }));
    await gates(world, ['lb2']);
  });

  it('of FAULT without a failing check is told as it is', async () => {
    const world = createWorld(clusterOf(PAIR));
    world.host('lb2').states = { VI_1: 'FAULT' };
    expect((await refusal(gates(world, ['lb2']))).message).toBe('VI_1 on lb2 is in FAULT');
  });

  it('has to agree with the addresses: a MASTER has its VIPs', async () => {
    const world = createWorld(clusterOf(PAIR));
    world.host('lb1').vips = [];
    expect((await refusal(gates(world, ['lb1']))).message).toBe(`lb1 is MASTER in VI_1, and has not ${VIP}`);
  });

  it('has to agree with the addresses: a BACKUP has none, as one has that a killed keepalived left behind', async () => {
    const world = createWorld(clusterOf(PAIR));
    world.host('lb1').states = { VI_1: 'BACKUP' };
    expect((await refusal(gates(world, ['lb1']))).message).toBe(`lb1 has ${VIP}, and is BACKUP in VI_1`);
  });
});

describe('the holders of a VIP', () => {
  it('may be two for as long as elections overlap', async () => {
    const world = createWorld(clusterOf(PAIR));
    world.host('lb1').vips = [VIP];
    world.host('lb2').vips = [VIP];
    world.host('lb2').states = { VI_1: 'MASTER' };
    world.at(3000, () => Object.assign(world.host('lb2'), { vips: [], states: { VI_1: 'BACKUP' } }));
    await gates(world, ['lb2']);
  });

  it('are refused, with both journals, when they stay two; before the whole time is over', async () => {
    const world = createWorld(clusterOf(PAIR));
    world.host('lb2').vips = [VIP];
    world.host('lb2').states = { VI_1: 'MASTER' };
    const error = await refusal(gates(world, ['lb2']));
    expect(error.message).toBe(`${VIP} is held by lb1 and lb2 at once`);
    expect(error.facts.next).toContain('IP protocol 112');
    expect(error.facts.host).toBeUndefined();
    expect(error.facts.evidence).toMatch(/^lb1:\n.*\nlb2:\n/);
    expect(world.clock.now()).toBeLessThan(electionTime(world.cluster));
  });

  it('are waited for, and then missed', async () => {
    const world = createWorld(clusterOf(PAIR));
    Object.assign(world.host('lb1'), { vips: [], states: { VI_1: 'BACKUP' } });
    const error = await refusal(gates(world, ['lb1']));
    expect(error.message).toBe(`no host holds ${VIP}`);
    expect(error.facts.evidence).toContain('a line of the journal');
  });

  it('are not missed where a member cannot be asked', async () => {
    const world = createWorld(clusterOf(PAIR));
    world.sessions.delete('lb1');
    expect(await gates(world, ['lb2'], { blind: true })).toMatchObject([{ holders: [], unseen: ['lb1'] }]);
  });

  it('are seen in a cluster that starts: nobody held it before, and now one does', async () => {
    const world = createWorld(clusterOf(PAIR));
    Object.assign(world.host('lb1'), { vips: [], states: { VI_1: 'INIT' } });
    world.at(3600, () => Object.assign(world.host('lb1'), { vips: [VIP], states: { VI_1: 'MASTER' } }));
    expect(await gates(world, ['lb1', 'lb2'])).toMatchObject([{ holders: ['lb1'] }]);
    expect(gatesOf(world)).toContain(`ok web ${VIP} answers: port 80, asked from lb2`);
  });
});

describe('a member that hears no adverts', () => {
  const deaf = () => {
    const world = createWorld(clusterOf(PAIR));
    world.host('lb2').hears = false;
    return world;
  };
  const takes = (world: World) => Object.assign(world.host('lb2'), { vips: [VIP], states: { VI_1: 'MASTER' } });

  it.each([['lb2'], ['lb1']])('is refused once it is a second master, whichever was changed: %s', async (moved) => {
    const world = deaf();
    world.at(3600, () => takes(world));
    const error = await refusal(gates(world, [moved]));
    expect(error.message).toBe(`${VIP} is held by lb1 and lb2 at once`);
    expect(world.clock.now()).toBeLessThan(2 * 3609 + 2000);
    expect(world.events.some((event) => event.event === 'gate' && event.ok)).toBe(false);
  });

  it('is refused in a cluster that starts', async () => {
    const world = deaf();
    Object.assign(world.host('lb1'), { vips: [], states: { VI_1: 'BACKUP' }, hears: false });
    world.at(3400, () => Object.assign(world.host('lb1'), { vips: [VIP], states: { VI_1: 'MASTER' } }));
    world.at(3700, () => takes(world));
    expect((await refusal(gates(world, ['lb1', 'lb2']))).message).toBe(`${VIP} is held by lb1 and lb2 at once`);
  });

  it('is believed to be no second master once it should have taken over, and has not', async () => {
    const world = deaf();
    await gates(world, ['lb2']);
    expect(world.clock.now()).toBeGreaterThan(3609);
    expect(world.clock.now()).toBeLessThan(3609 + 2000);
  });

  it('is waited for as long as keepalived takes no part in elections', async () => {
    const world = createWorld(clusterOf(`${PAIR}\nkeepalived: { global_defs: [vrrp_startup_delay 20] }`));
    world.host('lb2').hears = false;
    world.at(23_000, () => takes(world));
    expect((await refusal(gates(world, ['lb2']))).message).toBe(`${VIP} is held by lb1 and lb2 at once`);
  });
});

describe('a better member that comes back', () => {
  it('has the VIP when the gates are passed: the holder that is named is the one after the election', async () => {
    const world = createWorld(clusterOf(PAIR));
    // It refuses the adverts of the lower one, and takes over.
    Object.assign(world.host('lb1'), { vips: [], states: { VI_1: 'BACKUP' }, hears: false });
    Object.assign(world.host('lb2'), { vips: [VIP], states: { VI_1: 'MASTER' } });
    world.at(3400, () => {
      Object.assign(world.host('lb1'), { vips: [VIP], states: { VI_1: 'MASTER' } });
      Object.assign(world.host('lb2'), { vips: [], states: { VI_1: 'BACKUP' } });
    });
    expect(await gates(world, ['lb1'])).toMatchObject([{ holders: ['lb1'] }]);
  });
});

describe('a better member that waits before it takes the VIP back', () => {
  it('is told with the holder of now, and is not waited for', async () => {
    const text = PAIR.replace('virtual_ipaddress', 'preempt_delay: 300, virtual_ipaddress');
    const world = createWorld(clusterOf(text));
    Object.assign(world.host('lb1'), { vips: [], states: { VI_1: 'BACKUP' }, priority: 160 });
    Object.assign(world.host('lb2'), { vips: [VIP], states: { VI_1: 'MASTER' } });
    await gates(world, ['lb1']);
    expect(gatesOf(world)).toContain(`ok web one holder of ${VIP}: lb2, until lb1 takes it back (preempt_delay 300 s)`);
    expect(world.clock.now()).toBeLessThan(2000);
  });
});

describe('the checks of a host that was moved', () => {
  it('are run by haprov too, before keepalived has noticed', async () => {
    const world = createWorld(clusterOf(PAIR));
    world.host('lb2').check = 'check nginx: no answer';
    const error = await refusal(gates(world, ['lb2']));
    expect(error.message).toBe('the check check_nginx fails: check nginx: no answer');
    expect(error.facts).toMatchObject({ host: 'lb2', action: 'gate: checks' });
    expect(gatesOf(world)).toContain('FAILED lb2 checks: the check check_nginx fails: check nginx: no answer');
  });

  it('are named rather than the silence that comes of them', async () => {
    const world = createWorld(clusterOf(PAIR));
    const silent = () => {
      world.host('lb2').answer = () => 'refused connection refused';
      world.host('lb1').check = 'check nginx: no nginx process';
    };
    const error = await refusal(gates(world, ['lb1'], { after: silent }));
    expect(error.message).toContain('check_nginx');
  });
});

describe('a connection that is lost, or a run that is interrupted', () => {
  it('is not a gate that failed', async () => {
    const world = createWorld(clusterOf(PAIR));
    const lost = new LostConnectionError('the connection was lost', 'target', true, { host: 'lb1' });
    await expect(gates(world, ['lb2'], { after: () => (world.host('lb1').lost = lost) })).rejects.toBe(lost);
  });

  it('ends the wait with its reason', async () => {
    const world = createWorld(clusterOf(PAIR));
    const abort = new AbortController();
    const reason = new Error('interrupted');
    world.host('lb2').states = { VI_1: 'INIT' };
    world.at(1000, () => abort.abort(reason));
    await expect(gates(world, ['lb2'], { signal: abort.signal })).rejects.toBe(reason);
  });
});

describe('any state of a pair', () => {
  const unit = fc.constantFrom('active', 'inactive', 'failed', 'activating');
  const phase = fc.constantFrom<VrrpPhase>('MASTER', 'BACKUP', 'FAULT', 'INIT');
  const member = fc.record({ keepalived: unit, service: unit, state: phase, holds: fc.boolean(), check: fc.boolean() });

  it('passes when it is in order, and no other does', async () => {
    await fc.assert(
      fc.asyncProperty(member, member, fc.subarray(['lb1', 'lb2'], { minLength: 1 }), async (one, two, moved) => {
        const world = createWorld(clusterOf(PAIR));
        const members = { lb1: one, lb2: two };
        const arrange = () => {
          for (const [id, { keepalived, service, state, holds, check }] of Object.entries(members))
            Object.assign(world.host(id), {
              keepalived,
              service,
              states: { VI_1: state },
              vips: holds ? [VIP] : [],
              check: check ? '' : 'bad',
            });
        };
        const inOrder =
          one.holds !== two.holds &&
          Object.entries(members)
            .filter(([id]) => moved.includes(id))
            .every(
              ([, { keepalived, service, state, holds, check }]) =>
                keepalived === 'active' && service === 'active' && check && state === (holds ? 'MASTER' : 'BACKUP'),
            );
        const passed = await gates(world, moved, { after: arrange }).then(
          () => true,
          (error: unknown) => {
            expect(error).toBeInstanceOf(GateError);
            return false;
          },
        );
        expect(passed).toBe(inOrder);
        expect(world.events.some((event) => event.event === 'gate' && !event.ok)).toBe(!inOrder);
      }),
      { numRuns: 200 },
    );
  });
});
