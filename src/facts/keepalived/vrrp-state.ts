import type { Subject } from '../reader/subject.ts';
import { VRRP_STATE_SCRIPT } from './vrrp-state-script.ts';

/** keepalived's own words; STOP is an instance that has been shut down. */
export type VrrpPhase = 'INIT' | 'BACKUP' | 'MASTER' | 'FAULT' | 'STOP';

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
  parse: (output) => [parseDump(output)],
};

const PHASES: readonly VrrpPhase[] = ['INIT', 'BACKUP', 'MASTER', 'FAULT', 'STOP'];

function parseDump(output: string): VrrpState | null {
  const [first = '', ...lines] = output.split('\n');
  if (first === 'none') return null;
  const [, pid, age, now] = /^pid (\d+) age (-?\d+) now (\d+)$/.exec(first) ?? [];
  if (pid === undefined || age === undefined || now === undefined) throw new Error(`no VRRP state: ${first}`);
  const blocks = blocksOf(lines);
  return {
    mainPid: Number(pid),
    age: Number(age) / 100,
    instances: blocks.flatMap((block) => (block.kind === 'Instance' ? [instanceOf(block, Number(now))] : [])),
    checks: blocks.flatMap((block) => (block.kind === 'Script' ? [checkOf(block)] : [])),
  };
}

interface Block {
  readonly kind: string;
  readonly name: string;
  readonly values: ReadonlyMap<string, string>;
}

/** Sections have blocks that begin with one blank, and values with three; blocks of other kinds were left out on the host. */
function blocksOf(lines: readonly string[]): readonly Block[] {
  const blocks: Block[] = [];
  let values = new Map<string, string>();
  for (const line of lines) {
    const [, kind, name] = /^ VRRP (\w+) = (.*)$/.exec(line) ?? [];
    if (line.startsWith('---')) values = new Map();
    if (kind !== undefined && name !== undefined) {
      values = new Map();
      blocks.push({ kind, name, values });
    }
    const [, key, value] = /^ {3}([\w ]+) = (.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) values.set(key, value);
  }
  return blocks;
}

function instanceOf({ name, values }: Block, now: number): VrrpInstanceState {
  const state = phaseOf(values.get('State'));
  if (state === undefined) throw new Error(`no state of instance ${name}: ${values.get('State') ?? 'nothing'}`);
  const wantstate = phaseOf(values.get('Wantstate'));
  const at = Math.floor(Number.parseFloat(values.get('Last transition') ?? '0'));
  return {
    name,
    state,
    effectivePriority: Number(values.get('Effective priority') ?? 'NaN'),
    ...(wantstate === undefined ? {} : { wantstate }),
    ...(at > 0 ? { since: Math.max(0, now - at) } : {}),
    waitsFor: Number(values.get('Number of track scripts init') ?? '0'),
  };
}

function phaseOf(text: string | undefined): VrrpPhase | undefined {
  return PHASES.find((phase) => phase === text);
}

/** Up to 2.2 the status itself tells a check that has not ended yet; later the initial state does. */
function checkOf({ name, values }: Block): VrrpCheckState {
  const status = values.get('Status') ?? '';
  const init = values.get('Init state') ?? 'unknown';
  if (status.startsWith('INIT') || init.startsWith('INIT')) return { name, status: 'unknown' };
  return { name, status: status === 'GOOD' ? 'good' : 'bad' };
}
