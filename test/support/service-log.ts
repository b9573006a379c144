import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Lab } from '../../docker/lab-handle.ts';
import { longest, type Span, spansOf, stretchesWhere, type Turn } from './spans.ts';

/** When members of a cluster were out of service. */
export interface ServiceLog {
  /** For each host: when one of the programs did not run. */
  readonly down: ReadonlyMap<string, readonly Span[]>;
  /** The longest time in which no member had all programs running; milliseconds. */
  readonly allDownMs: number;
  /** The longest time between two looks, since this process did not get to run. */
  readonly blindMs: number;
}

export interface ServiceWatch {
  stop(): ServiceLog;
}

/** Milliseconds between two looks. */
const EVERY = 25;

/**
 * Watches whether the main processes of services run on each host, by the machine's own /proc: they are children of
 * the host's first process. (The `nginx -t` that a unit runs before it starts nginx passes for one, for its moment.)
 * All hosts are looked at in one go, so that two that are down in one look were down at once.
 */
export async function watchServices(
  lab: Lab,
  hosts: readonly string[],
  programs: readonly string[],
): Promise<ServiceWatch> {
  const inits = await Promise.all(hosts.map((host) => initPid(lab, host)));
  const turns = hosts.map((): Turn[] => []);
  const known = hosts.map(() => new Map<string, number>());
  const from = Date.now();
  let last = from;
  let blindMs = 0;
  const look = () => {
    const at = Date.now();
    blindMs = Math.max(blindMs, at - last);
    last = at;
    for (const [index, init] of inits.entries()) {
      const pids = known[index] ?? new Map<string, number>();
      const down = programs.some((program) => !runs(program, init, pids));
      if (down !== (turns[index]?.at(-1)?.on ?? false)) turns[index]?.push({ at, on: down });
    }
  };
  look();
  const timer = setInterval(look, EVERY);
  return {
    stop: () => {
      clearInterval(timer);
      look();
      const lists = turns.map((one) => spansOf(one, last));
      const all = stretchesWhere({ from, to: last }, lists, (count) => count === hosts.length);
      return {
        down: new Map(hosts.map((host, index) => [host, lists[index] ?? []])),
        allDownMs: longest(all),
        blindMs,
      };
    },
  };
}

async function initPid(lab: Lab, host: string): Promise<number> {
  const container = lab.hosts.get(host)?.container ?? '';
  const { stdout } = await promisify(execFile)('docker', ['inspect', '--format', '{{.State.Pid}}', container]);
  return Number(stdout);
}

/** Whether the program's main process runs; remembers its pid, so that most looks read one small file. */
function runs(program: string, init: number, pids: Map<string, number>): boolean {
  const pid = pids.get(program);
  if (pid !== undefined && isChild(pid, program, init)) return true;
  const found = childrenOf(init).find((child) => isChild(child, program, init));
  if (found === undefined) pids.delete(program);
  else pids.set(program, found);
  return found !== undefined;
}

function isChild(pid: number, program: string, parent: number): boolean {
  // "4711 (nginx) S 12 ...": name, state, parent.
  const [, name, state, ppid] = /^\d+ \((.*)\) (\S) (\d+) /s.exec(read(`/proc/${pid}/stat`)) ?? [];
  return name === program && state !== 'Z' && Number(ppid) === parent;
}

function childrenOf(pid: number): number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

/** Empty where the process is gone. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
