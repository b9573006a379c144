import { connect, createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { BASTION, bastionTopology } from '../../../bench/bastion-topology.ts';
import { startDelayProxy } from '../../../bench/delay-proxy.ts';
import { judgeBastion } from '../../../bench/goals.ts';
import { parseOptions } from '../../../bench/options.ts';
import { type Series, summarize } from '../../../bench/statistics.ts';
import { checkTopology } from '../../../docker/check-topology.ts';

function row(name: string, times: readonly number[], faults: readonly string[] = []) {
  const series: Series = { name, rounds: times.map((wallMs) => ({ wallMs, cpuMs: 1, rssMiB: 1 })), faults };
  return summarize(series, series);
}

it('has a fleet that only the bastion reaches', () => {
  const topology = bastionTopology(40, { name: 'slow', subnet: 20 });
  expect(checkTopology(topology)).toEqual([]);
  const { [BASTION]: bastion, ...fleet } = topology.hosts;
  expect(Object.keys(bastion?.addresses ?? {})).toHaveLength(2);
  expect(Object.values(fleet)).toHaveLength(40);
  for (const host of Object.values(fleet)) {
    expect([host.behind, Object.keys(host.addresses)]).toEqual([BASTION, ['n1']]);
  }
});

it('takes its options from the command line', () => {
  expect(parseOptions(['--bastion', '--rtt', '120'])).toMatchObject({ bastion: true, rttMs: 120 });
  expect(parseOptions([])).toMatchObject({ bastion: false, rttMs: 80 });
});

it('judges medians, and misses a goal where a run lost a host', () => {
  const reached = judgeBastion([
    row('haprov plan --jump', [7000, 9000, 7900]),
    row('haprov plan --from', [5100, 9000]),
  ]);
  expect(reached.map((goal) => goal.reached)).toEqual([true, false]);
  const lost = judgeBastion([row('haprov plan --jump', [1000], ['exit 4']), row('haprov plan --from', [])]);
  expect(lost.map((goal) => goal.reached)).toEqual([false, false]);
});

it('delays each way by half a round trip, keeps the order, and lets the end of a stream through', async () => {
  const echo = createServer((socket) => void socket.pipe(socket));
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  const address = echo.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const proxy = await startDelayProxy({ host: '127.0.0.1', port: address.port }, 100);
  onTestFinished(() => {
    proxy.close();
    echo.close();
  });
  const started = performance.now();
  const client = connect(proxy.port, '127.0.0.1');
  let said = '';
  let first: number | undefined;
  client.on('data', (bytes: Buffer) => {
    first ??= performance.now() - started;
    said += bytes.toString();
  });
  const words = Array.from({ length: 200 }, (_, n) => `${n},`);
  for (const word of words) client.write(word);
  client.end();
  await new Promise((resolve) => client.on('end', resolve));
  expect(said).toBe(words.join(''));
  // The beginning of the connection takes one and a half, then there and back; timers may fire a millisecond early.
  expect(first).toBeGreaterThan(245);
});
