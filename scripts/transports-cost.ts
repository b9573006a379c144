import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { sshdRig } from '../test/support/contract/sshd.ts';

// Measures what a host costs with one client, on loopback: npx tsx scripts/transports-cost.ts ssh2|openssh [HOSTS]
const client = process.argv[2] === 'openssh' ? 'openssh' : 'ssh2';
const HOSTS = Number(process.argv[3] ?? 20);
const [ROUNDS, RUNS] = [7, 20];

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Masters and cleaners: how many, and their proportional set size in KiB, in which shared pages count once. */
function processes(): { count: number; kib: number } {
  const sizes = readdirSync('/proc').flatMap((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      if (!line.startsWith('ssh\0-N') && !line.includes('haprov-ssh-cleaner')) return [];
      return [Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0)];
    } catch {
      return [];
    }
  });
  return { count: sizes.length, kib: sizes.reduce((sum, kib) => sum + kib, 0) };
}

/** CPU time of this process and of its children that have ended, in ms. Source: proc(5), fields 14 to 17. */
function cpu(): number {
  const fields = readFileSync('/proc/self/stat', 'latin1')
    .replace(/^.*\) /, '')
    .split(' ')
    .slice(11, 15);
  return fields.reduce((sum, ticks) => sum + Number(ticks) * 10, 0);
}

const stage = await sshdRig(client).stage();
const machine = await stage.machine();
const figures: Record<string, number[]> = {};
const note = (name: string, value: number): void => {
  figures[name] = [...(figures[name] ?? []), value];
};

for (let round = 0; round < ROUNDS; round++) {
  const transport = stage.transport();
  const start = performance.now();
  const session = await transport.connect(machine.host());
  note('connect, ms', performance.now() - start);
  const run = (script: string, stdin?: Uint8Array) => session.run(script, stdin === undefined ? {} : { stdin });
  await run('true');
  for (let n = 0; n < RUNS; n++) note('one script, ms', await timed(() => run('true')));
  note('four scripts at once, ms', await timed(() => Promise.all([1, 2, 3, 4].map(() => run('true')))));
  const stdin = Buffer.alloc(10 * 1024 * 1024);
  note('10 MiB of input, ms', await timed(() => run('cat >/dev/null', stdin)));
  transport.close();
}

const transport = stage.transport();
const before = { cpu: cpu(), memory: process.memoryUsage().rss };
const connectAll = (): Promise<unknown> =>
  Promise.all(
    Array.from({ length: HOSTS }, async (_, n) => {
      const session = await transport.connect({ ...machine.host(), id: `lb${n}` });
      await session.run('true');
    }),
  );
note(`${HOSTS} hosts, a script on each, ms`, await timed(connectAll));
const { count, kib } = processes();
note('processes a host', count / HOSTS);
note('memory a host, KiB', ((process.memoryUsage().rss - before.memory) / 1024 + kib) / HOSTS);
transport.close();
await pause(1000);
note('CPU a host, ms', (cpu() - before.cpu) / HOSTS);
await stage.close();
for (const [name, values] of Object.entries(figures))
  process.stdout.write(`${client}  ${name}: ${median(values).toFixed(1)}\n`);
