import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Step, stageOf, stepsOf, unstageOf } from '../../../src/changes/steps.ts';
import type { Ask, Subject } from '../../../src/facts/reader/subject.ts';
import type { Cluster } from '../../../src/inventory/model.ts';
import type { Sources } from '../../../src/keepalived/source/sources.ts';
import type { Planned, TaskContext } from '../../../src/tasks/task.ts';
import { readCluster } from '../../support/read-inventory.ts';

/** One thing known of a host: the subject, the key, the value; an Error is what the question ends with. */
export type Known = readonly [Subject<string, unknown>, string, unknown];

export function known<K extends string, V>(subject: Subject<K, V>, key: K, value: V | Error): Known {
  return [subject as unknown as Subject<string, unknown>, key, value];
}

/** Answers what is known, and throws on a question that nobody expected. `asked` lists the questions. */
export function fakeAsk(facts: readonly Known[], asked: string[] = []): Ask {
  return async <K extends string, V>(subject: Subject<K, V>, key: K): Promise<V> => {
    asked.push(`${subject.name}: ${key}`);
    const fact = facts.find(([one, name]) => one.name === subject.name && name === key);
    if (fact === undefined) throw new Error(`nobody expected the question ${subject.name}: ${key}`);
    if (fact[2] instanceof Error) throw fact[2];
    return fact[2] as V;
  };
}

const INVENTORY = `clusters:
  web:
    service: nginx
    hosts: { lb1: 192.168.1.10, lb2: 192.168.1.11 }
    vrrp_instances:
      VI_1:
        virtual_router_id: 51
        interface: eth0
        priority: { lb1: 150, lb2: 100 }
        virtual_ipaddress: [192.168.1.100/24]
        EXTRA
    firewall: FIREWALL
`;

/** The one cluster of a small inventory; `extra` is one more line of its instance. */
export function clusterWith(extra = 'advert_int: 1', firewall = 'auto'): Cluster {
  const text = INVENTORY.replace('EXTRA', extra).replace('FIREWALL', firewall);
  return readCluster(text);
}

/** What a task of lb1 knows. Content renders to itself; `secret` is masked wherever it stands. */
export function contextWith(facts: readonly Known[], more: Partial<TaskContext> = {}): TaskContext {
  const cluster = more.cluster ?? clusterWith();
  const host = cluster.hosts[0];
  if (host === undefined) throw new Error('a cluster has hosts');
  return {
    cluster,
    host,
    ask: fakeAsk(facts),
    task: 'the task',
    notify: ['reload it'],
    read: (path) => Promise.reject(new Error(`nobody expected to read ${path}`)),
    render: async (text) => ({ text, masked: text.replaceAll('hunter22', '********') }),
    redact: (text) => text.replaceAll('hunter22', '********'),
    ...more,
  };
}

/** keepalived.conf of a host, by default the one file alone; more by their paths, with what includes name them. */
export function sourcesOf(text: string, more: Partial<Sources> = {}): Sources {
  const root = '/etc/keepalived/keepalived.conf';
  return { root, files: new Map([[root, text]]), includes: [], instance: undefined, hostname: 'lb1', ...more };
}

/** What is seen of changes, for comparing them whole: each step by its description. */
export function outline({ changes }: Planned): unknown[] {
  const words = (steps: readonly Step[]): string[] => steps.map(({ describe }) => describe);
  return changes.map((change) => {
    const { task, module, action, target, detail, diff, phase, notify } = change;
    return {
      task,
      module,
      action,
      target,
      detail,
      ...(diff === undefined ? {} : { diff }),
      phase,
      ...(phase === 'prepare' || stageOf(change).length === 0 ? {} : { stage: words(stageOf(change)) }),
      ...(unstageOf(change).length === 0 ? {} : { unstage: words(unstageOf(change)) }),
      steps: words(stepsOf(change)),
      notify,
    };
  });
}

/** The shells that stand behind /bin/sh on the hosts. */
export const SHELLS: readonly (readonly string[])[] = [['dash'], ['bash', '--posix', '--norc']];

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A directory with stub commands that come first in PATH; scripts run there as they would on a host. */
export class Workshop {
  readonly directory = mkdtempSync(join(tmpdir(), 'haprov-task-'));
  readonly bin = join(this.directory, 'bin');

  constructor() {
    mkdirSync(this.bin);
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** The path of a file, which is not there yet, with all in its name that has to be quoted. */
  awkwardPath(): string {
    const directory = this.path("etc it's");
    mkdirSync(directory);
    return join(directory, 'a file.conf');
  }

  /** A command whose body is POSIX sh; each call is written to the log `calls` with its arguments. */
  stub(name: string, body: string): void {
    const path = join(this.bin, name);
    writeFileSync(path, `#!/bin/sh\necho "${name} $*" >>"${this.path('calls')}"\n${body}\n`);
    chmodSync(path, 0o755);
  }

  run(shell: readonly string[], script: string, stdin: Uint8Array | string = ''): Ended {
    const [program = 'sh', ...options] = shell;
    const { status, stdout, stderr } = spawnSync(`/bin/${program}`, [...options, '-c', script], {
      input: stdin,
      env: this.#env,
      encoding: 'utf8',
    });
    return { code: status ?? -1, stdout, stderr };
  }

  /** Starts the script in a process group of its own and kills all of it after that time. */
  async kill(script: string, stdin: string, afterMs: number): Promise<void> {
    const child = spawn('/bin/dash', ['-c', script], {
      env: this.#env,
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
    const ended = new Promise((resolve) => child.on('exit', resolve));
    const timer = setTimeout(() => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    }, afterMs);
    await ended;
    clearTimeout(timer);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  get #env(): Record<string, string> {
    // bash reads ~/.bashrc where its input is a socket, as Node's pipes are.
    return { PATH: `${this.bin}:/usr/sbin:/usr/bin:/sbin:/bin`, LC_ALL: 'C', HOME: this.directory };
  }
}
