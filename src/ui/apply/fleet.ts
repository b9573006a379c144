import type { ApplyEvent, HostOutcome } from '../../rollout/events.ts';
import type { SummaryEvent } from './summary.ts';

/** The stages that a view shows progress for, in their order. */
export const STAGES = ['plan', 'prepare', 'activate', 'verify'] as const;
export type Stage = (typeof STAGES)[number];

/** What one host is doing, as far as its events tell. Times are milliseconds of the caller's clock. */
export interface HostState {
  readonly host: string;
  readonly cluster: string;
  stage: Stage | undefined;
  /** Stages the host has entered. */
  readonly entered: Set<Stage>;
  /** What is under way: "install package keepalived"; undefined between steps. */
  activity: string | undefined;
  /** When the activity, or without one the stage, began. */
  since: number;
  /** What a long step waits for. */
  waiting: string | undefined;
  /** It puts its old state back by itself after so many seconds, unless what is under way is confirmed. */
  armed: number | undefined;
  /** It was activated, and the gates after that are not passed yet: the last thing that they said, or nothing so far. */
  gate: string | undefined;
  /** Gates that it passed. */
  gates: number;
  /** When its first step began. */
  began: number | undefined;
  /** Changes of its plan; undefined: not planned yet. */
  planned: number | undefined;
  done: number;
  outcome: HostOutcome | undefined;
}

/** How far a stage is: hosts through it, of those that take part in it. */
export interface StageProgress {
  readonly stage: Stage;
  readonly done: number;
  readonly total: number;
  /** Milliseconds from the first host's entry to the last one's leaving, or to now. */
  readonly ms: number;
  /** For activate: the furthest batch of a cluster, from 1; 0 before the first. */
  readonly wave: number;
}

/** All hosts of a rollout, moved on by its events. Keeps no time and draws nothing. */
export class Fleet {
  readonly hosts = new Map<string, HostState>();
  readonly #span = new Map<Stage, { first: number; last: number }>();
  /** How many batches of each cluster have begun. */
  readonly #batches = new Map<string, number>();

  /** Takes in one event at `now`. Events of hosts that were not announced are taken as they come. */
  apply(event: ApplyEvent, now: number): void {
    if (event.event === 'hosts') for (const { host, cluster } of event.hosts) this.#host(host, now, cluster);
    if (event.event === 'move-start') this.#batches.set(event.cluster, (this.#batches.get(event.cluster) ?? 0) + 1);
    if (event.event === 'gate') this.#gate(event);
    if (!('host' in event) || event.host === undefined || event.event === 'gate') return;
    const host = this.#host(event.host, now);
    switch (event.event) {
      case 'connect':
        this.#enter(host, 'plan', now);
        break;
      case 'planned':
        this.#enter(host, 'plan', now);
        this.#leave('plan', now);
        // It waits for its turn from here on.
        Object.assign(host, { planned: event.changes, stage: undefined });
        break;
      case 'phase-start':
        this.#enter(host, event.phase, now);
        break;
      case 'phase-end':
        if (host.stage === event.phase) {
          this.#leave(event.phase, now);
          // It waits for its turn from here on, or for its gates.
          const gate = event.phase === 'activate' ? '' : undefined;
          Object.assign(host, { stage: undefined, since: now, gate });
        }
        break;
      case 'change-start':
        host.began ??= now;
        Object.assign(host, { activity: `${event.action} ${event.target}`, since: now, waiting: undefined });
        break;
      case 'change-end':
        host.done += event.ok && event.action !== 'stage' ? 1 : 0;
        Object.assign(host, { activity: undefined, since: now, waiting: undefined });
        break;
      case 'waiting':
        host.waiting = event.reason;
        break;
      case 'armed':
        host.armed = event.seconds;
        break;
      case 'confirmed':
      case 'put-back':
        Object.assign(host, { armed: undefined, gate: undefined });
        break;
      case 'host-end':
        if (host.stage !== undefined) this.#leave(host.stage, now);
        Object.assign(host, { outcome: event, activity: undefined, waiting: undefined, gate: undefined, since: now });
        break;
    }
  }

  /** Progress of each stage. A host that ended, or went on, without entering a stage takes no part in it. */
  progress(now: number): StageProgress[] {
    const furthest = Math.max(0, ...this.#batches.values());
    return STAGES.flatMap((stage, index) => {
      const span = this.#span.get(stage);
      // Planned before this view began: nothing to show.
      if (stage === 'plan' && span === undefined) return [];
      let done = 0;
      let total = 0;
      for (const host of this.hosts.values()) {
        const entered = host.entered.has(stage);
        const past =
          host.outcome !== undefined ||
          (stage !== 'plan' && isIdle(host)) ||
          STAGES.slice(index + 1).some((later) => host.entered.has(later));
        if (entered || !past) total++;
        // A host that has several batches comes back to a stage.
        if (entered && (host.outcome !== undefined || host.stage !== stage)) done++;
      }
      const wave = stage === 'activate' ? furthest : 0;
      return { stage, done, total, wave, ms: span === undefined ? 0 : (done < total ? now : span.last) - span.first };
    });
  }

  /** Whether a host was, or may have been, changed. */
  get touched(): boolean {
    return [...this.hosts.values()].some(isTouched);
  }

  /** Hosts at work, the one that has been at its step the longest first; not those that wait for their turn. */
  busy(): HostState[] {
    const busy = [...this.hosts.values()].filter(({ outcome, activity, stage, gate }) => {
      const atWork = activity !== undefined || gate !== undefined || stage === 'plan' || stage === 'verify';
      return outcome === undefined && atWork;
    });
    return busy.sort((a, b) => a.since - b.since);
  }

  /** How many hosts ended with each status, and how many have not ended. */
  counts(): Readonly<Record<HostOutcome['status'] | 'running' | 'waiting', number>> {
    const counts = { ok: 0, changed: 0, failed: 0, unreachable: 0, untouched: 0, running: 0, waiting: 0 };
    for (const host of this.hosts.values()) {
      const { outcome, stage, gate } = host;
      const left = stage === undefined && gate === undefined ? 'waiting' : 'running';
      counts[outcome?.status ?? (isIdle(host) ? 'ok' : left)]++;
    }
    return counts;
  }

  /** A summary of what is known, for a run that was cut short: hosts at work count as failed, the rest as untouched. */
  interrupted(ms: number): SummaryEvent {
    const hosts = [...this.hosts.values()].map((host): [string, HostOutcome] => {
      if (host.outcome !== undefined) return [host.host, host.outcome];
      const status = isTouched(host) ? 'failed' : 'untouched';
      const action = host.activity === undefined ? {} : { action: host.activity };
      const back =
        host.armed === undefined ? '' : `its old state comes back by itself within ${host.armed} s; after that, `;
      const next = `${back}run the same command again: it goes on where this one stopped`;
      return [
        host.host,
        {
          status,
          cluster: host.cluster,
          changes: host.done,
          error: { message: 'the run was cut short', ...action, next },
        },
      ];
    });
    return { event: 'summary', hosts: Object.fromEntries(hosts), vips: [], ms };
  }

  /** A gate of a cluster is every host's that was activated last. */
  #gate({ cluster, host: id, gate, ok, detail }: Extract<ApplyEvent, { event: 'gate' }>): void {
    const members = [...this.hosts.values()].filter((host) =>
      id === undefined ? host.cluster === cluster && host.gate !== undefined : host.host === id,
    );
    for (const host of members) {
      host.gates += ok ? 1 : 0;
      if (host.gate !== undefined) host.gate = `${gate} ${ok ? 'ok' : 'FAILED'} ${detail}`.trimEnd();
    }
  }

  #host(id: string, now: number, cluster = ''): HostState {
    const known = this.hosts.get(id);
    if (known !== undefined) return known;
    const fresh: HostState = {
      host: id,
      cluster,
      stage: undefined,
      entered: new Set(),
      activity: undefined,
      since: now,
      waiting: undefined,
      armed: undefined,
      gate: undefined,
      gates: 0,
      began: undefined,
      planned: undefined,
      done: 0,
      outcome: undefined,
    };
    this.hosts.set(id, fresh);
    return fresh;
  }

  #enter(host: HostState, stage: Stage, now: number): void {
    if (host.stage === stage) return;
    if (host.stage !== undefined) this.#leave(host.stage, now);
    Object.assign(host, { stage, since: now, activity: undefined, waiting: undefined, gate: undefined });
    host.entered.add(stage);
    const span = this.#span.get(stage);
    this.#span.set(stage, { first: span?.first ?? now, last: now });
  }

  #leave(stage: Stage, now: number): void {
    const span = this.#span.get(stage);
    if (span !== undefined) span.last = now;
  }
}

/** Nothing of its plan was or is to be done: it is as it should be, and waits for nothing. */
export function isIdle({ planned, stage, entered }: HostState): boolean {
  return planned === 0 && stage === undefined && !entered.has('prepare');
}

function isTouched({ done, activity, armed }: HostState): boolean {
  return done > 0 || activity !== undefined || armed !== undefined;
}
