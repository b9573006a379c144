import { describe, expect, it } from 'vitest';
import { type Baseline, getBaseline } from '../../../../src/rollout/gates/baseline.ts';
import { GateError } from '../../../../src/rollout/gates/gate-error.ts';
import { passGates } from '../../../../src/rollout/gates/gates.ts';
import type { LocalConnect } from '../../../../src/rollout/gates/probe.ts';
import { clusterOf, createWorld, PAIR, type World } from './world.ts';

const VIP = '192.168.1.100';
const NEVER = new AbortController().signal;
const NO_WAY: LocalConnect = async () => 'silent';

const baselineOf = (world: World, local = NO_WAY) => getBaseline(world.cluster, world.sessions, NEVER, local);

async function pass(world: World, activated: readonly string[], baseline: Baseline, local = NO_WAY, blind = false) {
  const { cluster, sessions, emit, clock } = world;
  await passGates({ cluster, sessions, activated, baseline, blind, emit, clock, local, signal: NEVER });
  return world.events.flatMap((event) =>
    event.event === 'gate' && event.gate.endsWith('answers') ? [`${event.gate}: ${event.detail}`] : [],
  );
}

async function refusal(passing: Promise<unknown>): Promise<GateError> {
  const error = await passing.then(
    () => new Error('the gates were passed'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof GateError)) throw error;
  return error;
}

/** The other host holds all VIPs from now on. */
function failOver(world: World, from: string, to: string): void {
  const { vips, states } = world.host(from);
  world.host(to).vips = vips;
  world.host(to).states = states;
  world.host(from).vips = [];
  world.host(from).states = Object.fromEntries(Object.keys(states).map((name) => [name, 'BACKUP' as const]));
}

describe('how a VIP answers before the first batch', () => {
  it('is seen from a member that does not hold it, in two round trips', async () => {
    const world = createWorld(clusterOf(PAIR));
    const { vips } = await baselineOf(world);
    expect(vips).toEqual([
      { vip: VIP, holders: ['lb1'], answer: { probe: { kind: 'tcp', port: 80 }, from: 'member', asker: 'lb2' } },
    ]);
    expect(world.ran.map(({ host }) => host).sort()).toEqual(['lb1', 'lb2', 'lb2']);
  });

  it('is seen from the holder where no other member reaches it, else from here', async () => {
    const world = createWorld(clusterOf(PAIR));
    world.host('lb2').answer = () => 'silent No route to host';
    expect((await baselineOf(world)).vips[0]?.answer).toMatchObject({ from: 'holder', asker: 'lb1' });
    world.host('lb1').answer = () => 'unable neither bash nor curl is installed';
    expect((await baselineOf(world)).vips[0]?.answer).toBeUndefined();
    const here = await baselineOf(world, async () => 'open');
    expect(here.vips[0]?.answer).toMatchObject({ from: 'here', asker: 'here' });
  });

  it.each([
    [['*:8080', '*:443', '*:22'], 443],
    [['*:8443', '0.0.0.0:8080'], 8080],
    [['192.168.1.100:81', '192.168.1.10:80'], 81],
  ])('goes by the ports that the service has open on it: %j', async (addresses, port) => {
    const world = createWorld(clusterOf(PAIR));
    world.host('lb1').listens = [
      ...addresses.map((address) => `LISTEN 0 1 ${address} *:* users:(("nginx",pid=1,fd=1))`),
      'LISTEN 0 1 *:1 *:* users:(("other",pid=2,fd=1))',
      'LISTEN 0 1 127.0.0.1:80 *:* users:(("nginx",pid=1,fd=1))',
    ];
    expect((await baselineOf(world)).vips[0]?.answer?.probe).toEqual({ kind: 'tcp', port });
  });

  it.each([
    [['*:5000', '*:80 users:(("other",pid=1,fd=1))'], 5000],
    [['*:80', '*:8080 users:(("nginx",pid=1,fd=1))'], 8080],
  ])(
    'goes by sockets that nobody is known to have where the service is known to have none: %j',
    async (lines, port) => {
      const world = createWorld(clusterOf(PAIR));
      world.host('lb1').listens = lines.map(
        (line) => `LISTEN 0 1 ${line.replace(' ', ' *:* ')}${line.includes(' ') ? '' : ' *:*'}`,
      );
      expect((await baselineOf(world)).vips[0]?.answer?.probe).toEqual({ kind: 'tcp', port });
    },
  );

  it('goes by the very request of the user’s own check where the VIP answers it, else by the port', async () => {
    const url = 'http://127.0.0.1:8080/health';
    const cluster = clusterOf(
      PAIR.replace('virtual_router_id', `track_script: { own: { url: "${url}" } }, virtual_router_id`),
    );
    const world = createWorld(cluster);
    expect((await baselineOf(world)).vips[0]?.answer?.probe).toEqual({ kind: 'url', url });
    world.host('lb2').answer = (key) => (key === `url ${VIP} ${url}` ? 'refused status 403' : 'open');
    expect((await baselineOf(world)).vips[0]?.answer?.probe).toEqual({ kind: 'tcp', port: 80 });
  });

  it('is not asked of a VIP that nobody holds', async () => {
    const world = createWorld(clusterOf(PAIR));
    world.host('lb1').vips = [];
    expect((await baselineOf(world)).vips).toEqual([{ vip: VIP, holders: [], answer: undefined }]);
    expect(world.ran).toHaveLength(2);
  });
});

describe('a VIP that answered before', () => {
  it('answers after the batch, asked from who does not hold it now', async () => {
    const world = createWorld(clusterOf(PAIR));
    const baseline = await baselineOf(world);
    failOver(world, 'lb1', 'lb2');
    world.host('lb2').answer = () => 'silent it is not asked';
    expect(await pass(world, ['lb1'], baseline)).toEqual([`${VIP} answers: port 80, asked from lb1`]);
  });

  it('may need a moment', async () => {
    const world = createWorld(clusterOf(PAIR));
    const baseline = await baselineOf(world);
    world.host('lb2').answer = () => 'refused connection refused';
    world.at(2000, () => (world.host('lb2').answer = () => 'open'));
    await pass(world, ['lb1'], baseline);
    expect(world.clock.now()).toBeGreaterThanOrEqual(2000);
  });

  it('fails the gate when it does not answer within seconds; that its holder reaches itself is no proof', async () => {
    const world = createWorld(clusterOf(PAIR));
    const baseline = await baselineOf(world);
    world.host('lb2').answer = () => 'refused connection refused';
    const error = await refusal(pass(world, ['lb1'], baseline));
    expect(error.message).toBe(`${VIP} no longer answers on port 80: connection refused, asked from lb2`);
    expect(error.facts).toMatchObject({ host: 'lb1', action: `gate: ${VIP} answers` });
    expect(error.facts.next).toBe('On lb1: ss -ltnp; journalctl -u nginx -n 50');
    expect(world.clock.now()).toBeLessThan(8000);
  });

  it('may answer at a new URL of the check instead', async () => {
    const old = createWorld(clusterOf(PAIR));
    const baseline = await baselineOf(old);
    const url = 'http://127.0.0.1:8080/';
    const world = createWorld(
      clusterOf(PAIR.replace('virtual_router_id', `track_script: { own: { url: "${url}" } }, virtual_router_id`)),
    );
    world.host('lb2').answer = (key) => (key.startsWith('url') ? 'open' : 'refused connection refused');
    expect(await pass(world, ['lb1'], baseline)).toEqual([`${VIP} answers: ${url}, asked from lb2`]);
  });

  it('is asked from here where its only member holds it', async () => {
    const alone = `service: nginx
hosts: { lb1: 192.168.1.10 }
vrrp_instances: { VI_1: { virtual_router_id: 51, interface: eth0, virtual_ipaddress: [192.168.1.100/24] } }`;
    const world = createWorld(clusterOf(alone));
    world.host('lb1').answer = () => 'unable neither bash nor curl is installed';
    const open: LocalConnect = async () => 'open';
    const baseline = await baselineOf(world, open);
    expect(await pass(world, ['lb1'], baseline, open)).toEqual([`${VIP} answers: port 80, asked from here`]);
    expect((await refusal(pass(world, ['lb1'], baseline))).message).toContain('no longer answers on port 80');
  });

  it('has its port open on a member that was moved and does not hold it', async () => {
    const world = createWorld(clusterOf(PAIR));
    const baseline = await baselineOf(world);
    world.host('lb2').listens = ['LISTEN 0 1 *:8080 *:* users:(("nginx",pid=1,fd=1))'];
    const error = await refusal(pass(world, ['lb2'], baseline));
    expect(error.message).toBe(`nginx on lb2 no longer listens on port 80, where ${VIP} answered`);
    expect(error.facts.host).toBe('lb2');
  });

  it('is not asked of a port that this member never had open', async () => {
    const world = createWorld(clusterOf(PAIR));
    world.host('lb2').listens = [];
    await pass(world, ['lb2'], await baselineOf(world));
  });

  it('is known by a refusal where there is no service', async () => {
    const none = PAIR.replace('nginx', 'none');
    const world = createWorld(clusterOf(none));
    for (const id of ['lb1', 'lb2'])
      Object.assign(world.host(id), { listens: [], answer: () => 'refused connection refused' });
    const baseline = await baselineOf(world);
    expect(await pass(world, ['lb2'], baseline)).toEqual([`${VIP} answers: port 9, asked from lb2`]);
    world.host('lb2').answer = () => 'silent No route to host';
    expect((await refusal(pass(world, ['lb1'], baseline))).message).toContain('No route to host');
  });
});

describe('a VIP of which nothing is demanded', () => {
  it('did not answer before, and this is told', async () => {
    const world = createWorld(clusterOf(PAIR));
    for (const id of ['lb1', 'lb2']) world.host(id).answer = () => 'refused connection refused';
    expect(await pass(world, ['lb2'], await baselineOf(world))).toEqual([
      `${VIP} answers: does not answer, and did not before`,
    ]);
  });

  it('was held by nobody before', async () => {
    const world = createWorld(clusterOf(PAIR));
    const { vips, states } = world.host('lb1');
    Object.assign(world.host('lb1'), { vips: [] });
    const baseline = await baselineOf(world);
    Object.assign(world.host('lb1'), { vips, states });
    world.host('lb2').answer = () => 'silent no answer within 2 s';
    world.host('lb1').answer = () => 'silent no answer within 2 s';
    expect(await pass(world, ['lb1'], baseline)).toEqual([
      `${VIP} answers: does not answer, and nobody held it before`,
    ]);
  });
});

describe('a cluster of three with two VIPs of both families', () => {
  const THREE = `service: haproxy
hosts: { a: 192.168.1.10, b: 192.168.1.11, c: 192.168.1.12 }
vrrp_instances:
  VI_4: { virtual_router_id: 51, interface: eth0, priority: { a: 150, b: 120, c: 100 }, virtual_ipaddress: [192.168.1.100/24] }
  VI_6: { virtual_router_id: 52, interface: eth0, priority: { a: 100, b: 120, c: 150 }, virtual_ipaddress: ["2001:db8::100/64"] }`;
  const V6 = '2001:db8::100';

  function arrange(): World {
    const world = createWorld(clusterOf(THREE));
    for (const id of ['a', 'b', 'c']) {
      world.host(id).listens = [
        'LISTEN 0 1 0.0.0.0:80 0.0.0.0:* users:(("haproxy",pid=1,fd=1))',
        'LISTEN 0 1 [::]:443 [::]:* users:(("haproxy",pid=1,fd=2))',
      ];
    }
    Object.assign(world.host('a'), { vips: [VIP], states: { VI_4: 'MASTER', VI_6: 'BACKUP' } });
    Object.assign(world.host('c'), { vips: [V6], states: { VI_4: 'BACKUP', VI_6: 'MASTER' } });
    return world;
  }

  it('is asked for each VIP at its own port, from those that do not hold it, in one round trip each', async () => {
    const world = arrange();
    const baseline = await baselineOf(world);
    expect(baseline.vips.map(({ holders, answer }) => [holders, answer?.probe, answer?.asker])).toEqual([
      [['a'], { kind: 'tcp', port: 80 }, 'b'],
      [['c'], { kind: 'tcp', port: 443 }, 'a'],
    ]);
    world.ran.length = 0;
    expect(await pass(world, ['b'], baseline)).toEqual([
      `${VIP} answers: port 80, asked from b`,
      `${V6} answers: port 443, asked from a`,
    ]);
    const of = (id: string) => world.ran.filter(({ host }) => host === id).map(({ script }) => script);
    // Looks at the election are two or three: before an advert is due, and after it.
    const count = (id: string) => of(id).filter((script) => !script.includes('kill -s USR1')).length;
    expect([count('a'), count('b'), count('c')]).toEqual([1, 2, 1]);
  });

  it('is content when one of the two others reaches the VIP', async () => {
    const world = arrange();
    const baseline = await baselineOf(world);
    world.host('b').answer = () => 'silent No route to host';
    expect(await pass(world, ['a'], baseline)).toEqual([
      `${VIP} answers: port 80, asked from c`,
      `${V6} answers: port 443, asked from a`,
    ]);
  });
});
