import type { Change } from '../../../src/changes/change.ts';
import { decodeValue } from '../../../src/host/encode.ts';
import type { Cluster, Host, Inventory } from '../../../src/inventory/model.ts';
import type { HostPlan } from '../../../src/plan/plan.ts';
import type { HostTasks } from '../../../src/plan/plan-host.ts';
import { applyPlan, type Summary } from '../../../src/rollout/apply.ts';
import type { ApplyEvent } from '../../../src/rollout/events.ts';
import { GateError } from '../../../src/rollout/gates/gate-error.ts';
import type { RevertResult, Safeguards } from '../../../src/rollout/safeguards.ts';
import type { Steering } from '../../../src/rollout/steering.ts';
import type { Session } from '../../../src/transport/session.ts';
import { NO_GUARD } from '../facts/no-guard.ts';
import { clusterWith } from '../tasks/support.ts';

/** What happens to a host in the story of a test. */
export type Fate =
  | 'fine'
  | 'converged'
  | 'unreachable'
  | 'unplanned'
  | 'prepare-fails'
  | 'activate-fails'
  | 'gate-fails'
  | 'not-reached-anew'
  | 'not-confirmed'
  | 'left-over';

export const NAMES = ['lb1', 'lb2'];
export const VIP = '192.168.1.100';
const template = clusterWith();

function clusterNamed(name: string): Cluster {
  const hosts = NAMES.map((host): Host => {
    const [first] = template.hosts;
    if (first === undefined) throw new Error('a cluster has hosts');
    return { ...first, id: `${name}/${host}`, name: host, cluster: name };
  });
  return {
    ...template,
    name,
    hosts,
    vrrp_instances: template.vrrp_instances.map((one) => ({ ...one, track_script: [] })),
  };
}

/** What a host is told to do, as one line: "a/lb1 do config", "a/lb1 stage config", "reloading keepalived". Any other script is itself. */
function deedOf(script: string): string {
  const [, verb = '', words = ''] = /^exec sh "\$program" (\S+) (.*)$/m.exec(script) ?? [];
  const [, line] = / line=(\S+)/.exec(` ${words}`) ?? [];
  if (line !== undefined) return decodeValue(line);
  const [, where = ''] = / target=(\S+)/.exec(` ${words}`) ?? [];
  if (where === '') return script;
  const [, after = ''] = /^unit .* ?after=(\S+)/.exec(words) ?? [];
  if (after !== '') return `${after} ${where}`;
  const [host, target] = decodeValue(where).slice(1).split(':');
  return `${host} ${verb === 'change' ? 'do' : verb} ${target}`;
}

/** A change whose deeds say which host does what to which target. */
export function change(host: string, phase: Change['phase'], target: string, more: Partial<Change> = {}): Change {
  const version = { sha256: 'a'.repeat(64), mode: '0644', owner: 'root', group: 'root' };
  return {
    task: target,
    module: 'm',
    action: 'update',
    target,
    detail: '',
    phase,
    ...(target === 'config'
      ? {
          data: [{ kind: 'file', target: `/${host}:${target}`, before: version, after: version }],
          upload: { from: { text: '' } },
        }
      : { data: [{ kind: 'command', argv: [host, 'do', ...target.split(' ')], timeout: 60 }] }),
    notify: [],
    ...more,
  };
}

function changesOf(host: string): readonly Change[] {
  return [change(host, 'prepare', 'package'), change(host, 'activate', 'config'), change(host, 'activate', 'service')];
}

export interface Story {
  /** Names of the hosts that hold their cluster's VIP; default lb1. */
  readonly holders?: Readonly<Record<string, readonly string[]>>;
  /** Instead of package, config and service. */
  readonly changes?: (host: string) => readonly Change[];
  readonly steering?: Steering;
  readonly onScript?: (script: string, abort: AbortController) => void;
  readonly putBack?: RevertResult;
  /** What to do next, by a gate that fails. */
  readonly gateNext?: string;
}

export interface Told {
  readonly summary: Summary;
  readonly events: readonly ApplyEvent[];
  /** Scripts and deeds of safety in the order in which they were begun. */
  readonly log: readonly string[];
  /** Scripts alone. */
  readonly ran: readonly string[];
}

/** Applies a plan to clusters whose hosts have those fates. */
export async function tell(fates: Readonly<Record<string, readonly Fate[]>>, story: Story = {}): Promise<Told> {
  const clusters = Object.keys(fates).map(clusterNamed);
  const inventory: Inventory = { file: 'inventory.yaml', directory: '/', forks: 4, clusters };
  const every = clusters.flatMap((cluster) => cluster.hosts);
  const fateOf = (host: Host): Fate => fates[host.cluster]?.[NAMES.indexOf(host.name)] ?? 'fine';
  const fateOfId = (id: string): Fate => every.filter((host) => host.id === id).map(fateOf)[0] ?? 'fine';
  const log: string[] = [];
  // A cluster that is started elects its first host.
  const holds = ({ cluster, name }: Host): boolean => {
    const [one, ...more] = story.holders?.[cluster] ?? ['lb1'];
    return one === undefined ? name === 'lb1' && log.includes(`confirm ${cluster}/lb1`) : [one, ...more].includes(name);
  };
  const ran: string[] = [];
  const events: ApplyEvent[] = [];
  const abort = new AbortController();
  const session = (host: Host): Session => ({
    host,
    close: () => undefined,
    run: async (sent) => {
      const script = deedOf(sent);
      const mark = /echo (haprov-[0-9a-f]+) 0/.exec(script)?.[1];
      if (mark !== undefined) return { code: 0, stdout: answers(mark, holds(host)), stderr: '' };
      ran.push(script);
      log.push(script);
      story.onScript?.(script, abort);
      await turn();
      const fate = fateOf(host);
      const bad =
        (fate === 'prepare-fails' && script.includes('package')) ||
        (fate === 'activate-fails' && script.includes('do config'));
      return { code: bad ? 1 : 0, stdout: '', stderr: bad ? 'it went wrong\nmore of it\n' : '' };
    },
  });
  const plans: HostPlan[] = [];
  const hosts: HostTasks[] = [];
  const sessions = new Map<string, Session>();
  for (const cluster of clusters) {
    for (const host of cluster.hosts) {
      const fate = fateOf(host);
      const { id } = host;
      const base = { host: id, cluster: cluster.name };
      if (fate === 'unreachable' || fate === 'unplanned') {
        plans.push({
          ...base,
          status: fate === 'unplanned' ? 'failed' : 'unreachable',
          error: { message: 'no', host: id },
        });
      } else {
        const changes = fate === 'converged' ? [] : (story.changes ?? changesOf)(id);
        plans.push({
          ...base,
          status: 'planned',
          changes,
          holds: holds(host) ? [VIP] : [],
          guard: NO_GUARD,
          notes: [],
        });
        sessions.set(id, session(host));
      }
      const left = fate === 'left-over' ? [change(id, 'activate', 'config')] : [];
      const task = { name: 't', notify: [], plan: async () => ({ changes: left, notes: [] }) };
      hosts.push({ cluster, host, tasks: [task], handlers: [] });
    }
  }
  const safeguards = standIn(log, fateOfId, (id) => every.some((host) => host.id === id && holds(host)), story);
  const summary = await applyPlan({
    inventory,
    plan: { format: 1, inventory: 'inventory.yaml', hosts: plans },
    asking: sessions,
    sessions,
    safeguards,
    hosts,
    emit: (event) => events.push(event),
    signal: abort.signal,
    ...(story.steering === undefined ? {} : { steering: story.steering }),
  });
  return { summary, events, log, ran };
}

/** Each host's status and number of changes. */
export function statuses({ summary }: Told): Record<string, string> {
  return Object.fromEntries(
    Object.entries(summary.hosts).map(([host, { status, changes }]) => [host, `${status} ${changes}`]),
  );
}

function answers(mark: string, holds: boolean): string {
  const line = holds ? `2: eth0    inet ${VIP}/24 scope global eth0\\` : '';
  return `\n${mark} 0\n${line}\n\n${mark} 0 0\n\n${mark} 1\n\n${mark} 1 0\n\n${mark} 2\n\n${mark} 2 0\n\n${mark} 3\n\n${mark} 3 0\n`;
}

/** Safety that writes down what it is asked for, and lets gates and connections fail by fate. */
function standIn(
  log: string[],
  fateOf: (host: string) => Fate,
  holds: (host: string) => boolean,
  story: Story,
): Safeguards {
  const note = async (text: string): Promise<void> => {
    log.push(text);
    await turn();
  };
  return {
    baseline: async ({ name }) => {
      await note(`baseline ${name}`);
      return { vips: [], listeners: new Map() };
    },
    holdings: async ({ hosts }) => new Map(hosts.map(({ id }) => [id, holds(id) ? [VIP] : []])),
    gates: async ({ name }, moved) => {
      await note(`gates ${name} after ${moved.join(' ')}`);
      const bad = moved.find((host) => fateOf(host) === 'gate-fails');
      if (bad !== undefined) throw new GateError('the check fails', { host: bad, next: story.gateNext });
      return [];
    },
    arm: (host, changes) => note(`arm ${host} for ${changes.map(({ target }) => target).join(' ')}`),
    reach: async (host) => {
      await note(`reach ${host}`);
      if (fateOf(host) === 'not-reached-anew') throw new Error('connection timed out');
    },
    confirm: async (host) => {
      await note(`confirm ${host}`);
      if (fateOf(host) === 'not-confirmed') throw new Error('the host has put its old state back');
    },
    takeBack: (host, changes) => note(`take back ${host} ${changes.map(({ target }) => target).join(' ')}`),
    revert: async (host) => {
      await note(`put back ${host}`);
      return story.putBack ?? { state: 'done', detail: '' };
    },
    handOver: async (_, host) => {
      await note(`hand over ${host}`);
      return () => note(`come back ${host}`);
    },
    awaitVips: ({ host }) => note(`settled ${host}`),
    openRecord: (host) => note(`open record ${host}`),
    closeRecord: (host, state) => note(`close record ${host} ${state}`),
  };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
