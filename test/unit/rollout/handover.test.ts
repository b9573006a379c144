import { describe, expect, it } from 'vitest';
import { HandoverError, handOver } from '../../../src/rollout/handover/hand-over.ts';
import { clusterOf, createWorld, isStart, isStop, PAIR, type World } from './gates/world.ts';

const VIP = '192.168.1.100';

function moveAway(world: World, host: string, signal = new AbortController().signal) {
  const { cluster, sessions, clock, emit } = world;
  const session = sessions.get(host);
  if (session === undefined) throw new Error(`no session to ${host}`);
  return handOver({ cluster, host, session, sessions, emit, signal, clock });
}

/** Once `from` is stopped, `to` takes its VIPs so many milliseconds later. */
function takesOver(world: World, from: string, to: string, ms = 600): void {
  world.host(from).onStop = () => {
    const { vips } = world.host(from);
    world.host(from).vips = [];
    world.at(world.clock.now() + ms, () => (world.host(to).vips = [...world.host(to).vips, ...vips]));
  };
}

async function refusal(moving: Promise<unknown>): Promise<HandoverError> {
  const error = await moving.then(
    () => new Error('it was handed over'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof HandoverError)) throw error;
  return error;
}

const scriptsOf = (world: World, host: string) =>
  world.ran.filter((one) => one.host === host).map(({ script }) => script);

describe('a handover', () => {
  it('stops keepalived, sees the other take the VIP, and starts keepalived again when it is told to', async () => {
    const world = createWorld(clusterOf(PAIR));
    takesOver(world, 'lb1', 'lb2');
    const back = await moveAway(world, 'lb1');
    expect(world.host('lb1').keepalived).toBe('inactive');
    expect(world.events).toEqual([
      {
        event: 'waiting',
        host: 'lb1',
        reason: `waiting for lb2 to take ${VIP} (about 0.61s without an answer)`,
      },
      {
        event: 'gate',
        cluster: 'web',
        host: 'lb2',
        gate: `takes ${VIP}`,
        ok: true,
        detail: expect.stringMatching(/^lb2 holds 192\.168\.1\.100 after 0\.[67] s$/),
      },
    ]);
    await back();
    expect(world.host('lb1').keepalived).toBe('active');
    expect(scriptsOf(world, 'lb2').every((script) => !isStop(script) && !isStart(script))).toBe(true);
  });

  it('changes the host through its own session alone, which is fenced', async () => {
    const world = createWorld(clusterOf(PAIR));
    takesOver(world, 'lb1', 'lb2');
    const plain = world.sessions.get('lb1');
    if (plain === undefined) throw new Error('no session');
    const fenced: string[] = [];
    const session = { ...plain, run: (script: string) => plain.run(script, { timeoutMs: fenced.push(script) }) };
    const { cluster, sessions, clock, emit } = world;
    const signal = new AbortController().signal;
    const back = await handOver({ cluster, host: 'lb1', session, sessions, emit, signal, clock });
    await back();
    expect(fenced).toHaveLength(2);
    expect([isStop(fenced[0] ?? ''), isStart(fenced[1] ?? '')]).toEqual([true, true]);
  });

  it('is over when keepalived has wholly stopped, though the VIP moves before', async () => {
    const world = createWorld(clusterOf(PAIR));
    let stopped = false;
    world.host('lb1').onStop = () => {
      world.host('lb1').vips = [];
      world.host('lb2').vips = [VIP];
      return new Promise((resolve) =>
        setTimeout(() => {
          stopped = true;
          resolve();
        }, 20),
      );
    };
    await moveAway(world, 'lb1');
    expect(stopped).toBe(true);
  });

  it('is not over while two others hold the VIP', async () => {
    const third = PAIR.replace('lb2: 192.168.1.11', 'lb2: 192.168.1.11, lb3: 192.168.1.12').replace(
      'lb2: 100',
      'lb2: 100, lb3: 90',
    );
    const world = createWorld(clusterOf(third));
    world.host('lb1').onStop = () => {
      world.host('lb1').vips = [];
      for (const id of ['lb2', 'lb3']) world.host(id).vips = [VIP];
    };
    expect((await refusal(moveAway(world, 'lb1'))).message).toContain(`lb2 and lb3 hold ${VIP}`);
  });

  it('leaves a host alone that holds nothing, and one whose keepalived does not run', async () => {
    const world = createWorld(clusterOf(PAIR));
    await (await moveAway(world, 'lb2'))();
    world.host('lb1').keepalived = 'failed';
    await (await moveAway(world, 'lb1'))();
    expect(world.ran.some(({ script }) => isStop(script) || isStart(script))).toBe(false);
  });

  it.each<[string, (world: World) => void, string]>([
    ['keepalived is down', (world) => (world.host('lb2').keepalived = 'inactive'), 'keepalived on lb2 does not run'],
    ['it has given up', (world) => (world.host('lb2').states = { VI_1: 'FAULT' }), 'lb2 is in FAULT'],
    ['it is a master itself', (world) => (world.host('lb2').states = { VI_1: 'MASTER' }), 'lb2 is in MASTER'],
    ['it has not the instance', (world) => (world.host('lb2').states = {}), 'lb2 has no VI_1'],
    ['its check fails', (world) => (world.host('lb2').bad = ['check_nginx']), 'check_nginx fails on lb2'],
    ['it cannot be asked', (world) => world.sessions.delete('lb2'), 'lb2 cannot be asked'],
  ])('stops nothing where nobody could take over: %s', async (_, arrange, why) => {
    const world = createWorld(clusterOf(PAIR));
    arrange(world);
    const error = await refusal(moveAway(world, 'lb1'));
    expect(error.message).toBe(`no member stands by to take ${VIP} from lb1: ${why}`);
    expect(error.facts.next).toContain('Nothing was stopped');
    expect(world.ran.some(({ script }) => isStop(script))).toBe(false);
    expect(world.host('lb1').keepalived).toBe('active');
  });

  it('stops nothing where the taker does not listen on the port on which the VIP answers', async () => {
    const world = createWorld(clusterOf(PAIR));
    world.host('lb2').listens = ['LISTEN 0 511 *:8080 *:* users:(("nginx",pid=7,fd=5))'];
    const error = await refusal(moveAway(world, 'lb1'));
    expect(error.message).toBe('the VIPs of lb1 would be silent elsewhere: nginx on lb2 does not listen on port 80');
    expect(world.ran.some(({ script }) => isStop(script))).toBe(false);
  });

  it('stops nothing where the taker does not answer the holder, which answers the taker', async () => {
    const world = createWorld(clusterOf(PAIR));
    const asked: string[] = [];
    world.host('lb1').answer = (key) => {
      asked.push(key);
      return 'silent no answer within 2 s';
    };
    const error = await refusal(moveAway(world, 'lb1'));
    expect(error.message).toBe(
      'the VIPs of lb1 would be silent elsewhere: lb2 does not answer lb1 on port 80, though lb1 answers lb2',
    );
    expect(error.facts.next).toContain('Nothing was stopped');
    expect(world.ran.some(({ script }) => isStop(script))).toBe(false);
    expect(asked).toEqual(['tcp 192.168.1.11 80', 'tcp 192.168.1.11 80']);
  });

  it.each<[string, (world: World) => void]>([
    [
      'no member answers another one',
      (world) => {
        for (const id of ['lb1', 'lb2']) world.host(id).answer = () => 'silent no answer within 2 s';
      },
    ],
    ['the holder has nothing to ask with', (world) => (world.host('lb1').answer = () => 'unable no curl')],
    [
      'the service listens on the VIP alone',
      (world) => {
        for (const id of ['lb1', 'lb2']) {
          world.host(id).listens = [`LISTEN 0 511 ${VIP}:80 0.0.0.0:* users:(("nginx",pid=7,fd=5))`];
          world.host(id).answer = () => 'refused connection refused';
        }
      },
    ],
    [
      'the taker answers in the second try',
      (world) => {
        let tries = 0;
        world.host('lb1').answer = () => (++tries === 1 ? 'silent no answer within 2 s' : 'open');
      },
    ],
  ])('goes on where nothing speaks against the taker: %s', async (_, arrange) => {
    const world = createWorld(clusterOf(PAIR));
    arrange(world);
    takesOver(world, 'lb1', 'lb2');
    await moveAway(world, 'lb1');
    expect(world.host('lb2').vips).toEqual([VIP]);
  });

  it('waits for a backup that becomes one at this moment', async () => {
    const world = createWorld(clusterOf(PAIR));
    world.host('lb2').states = { VI_1: 'INIT' };
    world.at(1500, () => (world.host('lb2').states = { VI_1: 'BACKUP' }));
    takesOver(world, 'lb1', 'lb2');
    await moveAway(world, 'lb1');
    expect(world.host('lb2').vips).toEqual([VIP]);
  });

  it.each<[string, (world: World) => void, string]>([
    ['nobody took', () => undefined, `nobody took ${VIP}`],
    ['the host still holds', (world) => (world.host('lb1').vips = [VIP]), `lb1 still holds ${VIP}`],
    [
      'both hold',
      (world) => {
        for (const id of ['lb1', 'lb2']) world.host(id).vips = [VIP];
      },
      `lb1 and lb2 hold ${VIP}`,
    ],
  ])('starts keepalived again when %s the VIP in time', async (_, arrange, what) => {
    const world = createWorld(clusterOf(PAIR));
    world.host('lb1').onStop = () => {
      world.host('lb1').vips = [];
      arrange(world);
    };
    const error = await refusal(moveAway(world, 'lb1'));
    expect(error.message).toBe(`${what} after keepalived on lb1 was stopped; keepalived was started again`);
    expect(error.facts.evidence).toContain('a line of the journal');
    expect(world.host('lb1').keepalived).toBe('active');
    expect(world.events.at(-1)).toMatchObject({ event: 'gate', host: 'lb1', gate: 'handover', ok: false });
  });

  it('starts keepalived again when it is interrupted, and when a connection is lost', async () => {
    for (const reason of [new Error('interrupted'), new Error('lost')]) {
      const world = createWorld(clusterOf(PAIR));
      const abort = new AbortController();
      world.host('lb1').onStop = () => {
        world.host('lb1').vips = [];
        world.at(world.clock.now() + 300, () => {
          if (reason.message === 'lost') world.host('lb2').lost = reason;
          else abort.abort(reason);
        });
      };
      await expect(moveAway(world, 'lb1', abort.signal)).rejects.toBe(reason);
      expect(world.host('lb1').keepalived).toBe('active');
    }
  });

  it('of several instances waits for each VIP, whoever takes it, and heeds only what the host holds', async () => {
    const world = createWorld(
      clusterOf(`service: none
hosts: { a: 192.168.1.10, b: 192.168.1.11, c: 192.168.1.12 }
vrrp_instances:
  V1: { virtual_router_id: 51, interface: eth0, virtual_ipaddress: [192.168.1.201/24], priority: { a: 150, b: 100, c: 50 } }
  V2: { virtual_router_id: 52, interface: eth0, virtual_ipaddress: [192.168.1.202/24], priority: { a: 150, b: 50, c: 100 } }
  V3: { virtual_router_id: 53, interface: eth0, virtual_ipaddress: [192.168.1.203/24], priority: { a: 50, b: 150, c: 100 } }`),
    );
    Object.assign(world.host('a'), {
      vips: ['192.168.1.201', '192.168.1.202'],
      states: { V1: 'MASTER', V2: 'MASTER', V3: 'FAULT' },
    });
    Object.assign(world.host('b'), { vips: ['192.168.1.203'], states: { V1: 'BACKUP', V2: 'FAULT', V3: 'MASTER' } });
    world.host('a').onStop = () => {
      world.host('a').vips = [];
      world.at(500, () => world.host('b').vips.push('192.168.1.201'));
      world.at(900, () => world.host('c').vips.push('192.168.1.202'));
    };
    await moveAway(world, 'a');
    expect(world.events.flatMap((event) => (event.event === 'gate' ? [`${event.host} ${event.gate}`] : []))).toEqual([
      'b takes 192.168.1.201',
      'c takes 192.168.1.202',
    ]);
  });
});
