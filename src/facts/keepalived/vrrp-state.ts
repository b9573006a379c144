import { shownAddresses } from '../../keepalived/kinds/addresses.ts';
import type { Subject } from '../reader/subject.ts';
import { type DumpBlock, masterOf, parseDump, phaseOf, statusOf, type VrrpPhase } from './dump.ts';
import { VRRP_STATE_SCRIPT } from './vrrp-state-script.ts';

export type { VrrpPhase } from './dump.ts';

/** A vrrp_instance as keepalived has it at this moment. */
export interface VrrpInstanceState {
  readonly name: string;
  readonly state: VrrpPhase;
  /** What its checks' weights leave of the configured priority. */
  readonly effectivePriority: number;
  /** The state that it strives for; other than `state` while it waits for something. */
  readonly wantstate?: VrrpPhase;
  /** Seconds since its last transition; absent where it never had one. */
  readonly since?: number;
  /** Checks that have yet to end for the first time; keepalived has an instance in FAULT until they have. */
  readonly waitsFor: number;
  /** Of a BACKUP: whose adverts it has heard since it read its configuration; absent: nobody's. */
  readonly master?: { readonly address: string; readonly priority: number };
  /**
   * Of a BACKUP: when it takes over, in milliseconds of keepalived's own clock. Each advert that it accepts moves this on; one
   * that it refuses, or that comes from a host which it is about to preempt, does not.
   */
  readonly takesOverAt?: number;
  /** Milliseconds until then, by the host's clock: some more or less where that has been set since keepalived's start. */
  readonly takesOverIn?: number;
  /** The addresses that it advertises, normalised; absent where it shows none. */
  readonly addresses?: readonly string[];
}

/** A vrrp_script as keepalived judges it; unknown: it has not ended for the first time. */
export interface VrrpCheckState {
  readonly name: string;
  readonly status: 'good' | 'bad' | 'unknown';
}

/** A running keepalived, asked this moment. */
export interface VrrpState {
  readonly mainPid: number;
  /** Seconds since the main process began. */
  readonly age: number;
  readonly instances: readonly VrrpInstanceState[];
  readonly checks: readonly VrrpCheckState[];
}

/**
 * The fresh state of keepalived's instances; null where keepalived does not run. Key: always `vrrp`.
 *
 * It writes to the host: keepalived tells its state into a file of its own, which stands there for some milliseconds.
 * So this is for gates and for status, never for a plan or a dry run. One that runs and does not answer within seconds
 * is a FactError, not null.
 */
export const vrrpStateSubject: Subject<'vrrp', VrrpState | null> = {
  name: 'VRRP state',
  script: () => VRRP_STATE_SCRIPT,
  parse: (output) => [parseState(output)],
};

function parseState(output: string): VrrpState | null {
  const dump = parseDump(output, 'VRRP state');
  if (dump === null) return null;
  const [pid = 0, age = 0, now = 0] = [...dump.first.matchAll(/-?\d+(?:\.\d+)?/g)].map(Number);
  return {
    mainPid: pid,
    age: age / 100,
    instances: dump.instances.map((block) => instanceOf(block, now)),
    checks: dump.scripts.map((block) => ({ name: block.name, status: statusOf(block) })),
  };
}

function instanceOf(block: DumpBlock, now: number): VrrpInstanceState {
  const { name, values, lists } = block;
  const state = phaseOf(values.get('State'));
  if (state === undefined) throw new Error(`no state of instance ${name}: ${values.get('State') ?? 'nothing'}`);
  const wantstate = phaseOf(values.get('Wantstate'));
  const addresses = shownAddresses(lists.get('Virtual IP'));
  const at = Math.floor(Number.parseFloat(values.get('Last transition') ?? '0'));
  const master = state === 'BACKUP' ? masterOf(block) : null;
  const takesOverAt = state === 'BACKUP' ? Number.parseFloat(values.get('Read timeout') ?? '') * 1000 : Number.NaN;
  return {
    name,
    state,
    effectivePriority: Number(values.get('Effective priority') ?? 'NaN'),
    ...(wantstate === undefined ? {} : { wantstate }),
    ...(at > 0 ? { since: Math.max(0, Math.floor(now) - at) } : {}),
    waitsFor: Number(values.get('Number of track scripts init') ?? '0'),
    ...(master === null ? {} : { master }),
    ...(Number.isNaN(takesOverAt) ? {} : { takesOverAt, takesOverIn: takesOverAt - now * 1000 }),
    ...(addresses.length === 0 ? {} : { addresses }),
  };
}
