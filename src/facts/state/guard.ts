import { decodeValue } from '../../host/encode.ts';
import { hostText } from '../../host/program.ts';
import type { Subject } from '../reader/subject.ts';
import { type GuardRecord, parseRecord } from './guard-records.ts';

/** Who works on a host, or has worked: one apply at a time holds the lease. Times in seconds. */
export interface LeaseFact {
  /** Known to the run that holds it alone; the higher one gives way where two want several hosts at once. */
  readonly token: string;
  readonly run: string;
  /** alice@ops1 */
  readonly who: string;
  /** "apply prod.yaml" */
  readonly why: string;
  /** Identity of the machine and process that hold it: `MACHINE_ID/BOOT_ID/PID`. */
  readonly process: string;
  readonly heldFor: number;
  /** Until it expires; 0 or less is expired, as is any lease of an earlier boot. */
  readonly left: number;
}

/** The dead man's switch of a host: an old state that comes back unless haprov confirms the new one. */
export interface SwitchFact {
  readonly state: 'armed' | 'rolling';
  readonly run: string;
  readonly who: string;
  /** Seconds until the host puts the old state back; 0 or less: it is due. */
  readonly left: number;
}

/** The host took a run back, by itself or because haprov told it to, and no later apply has been confirmed since. */
export interface PutBackFact {
  readonly run: string;
  readonly who: string;
  /** ISO 8601, by the host's clock. */
  readonly at: string;
  /** "nobody confirmed it within 60 s", "the host was rebooted before it was confirmed". */
  readonly reason: string;
  /** Whether all of it came back. */
  readonly ok: boolean;
}

/** What guards a host against two runs at once and against a run that ends in the middle. */
export interface GuardFact {
  /** Changes whenever a run takes the lease: what was planned before is out of date then. Empty on a blank host. */
  readonly generation: string;
  readonly lease: LeaseFact | null;
  readonly armed: SwitchFact | null;
  readonly putBack: PutBackFact | null;
}

/**
 * Key: always `guard`. Changes nothing. What is left of a lease or a deadline is told by the host's own uptime and boot;
 * no output is a host without records.
 */
export const guardSubject: Subject<'guard', GuardFact> = {
  name: 'guard',
  script: () => `${hostText('guard')}\n[ ! -d "$guard_dir" ] || guard_dump`,
  parse: (output) => [parseGuard(output)],
};

/** What `guard_dump` printed, wherever it stands in a text. */
export function parseGuard(output: string): GuardFact {
  const parts = new Map(
    output.split(/^\[/m).map((part, index) => {
      const [first = '', ...lines] = part.split('\n');
      return index === 0 ? ['', [first, ...lines]] : [first.replace(/\]$/, ''), lines];
    }),
  );
  const record = (name: string): GuardRecord | undefined => {
    const lines = parts.get(name);
    return lines === undefined ? undefined : parseRecord(lines);
  };
  const host = record('') ?? {};
  const now = numberOf(host['now']);
  const remaining = (boot: string | undefined, until: number): number =>
    boot === host['boot'] ? Math.max(0, until - now) : 0;
  const lease = record('lease');
  const rolling = record('switch/rolling');
  const armed = rolling ?? record('switch/armed');
  const [arm, later] = parts.get('switch/deadline')?.[0]?.split(' ') ?? [];
  const putBack = record('switch/put-back');
  return {
    generation: parts.get('generation')?.[0] ?? '',
    lease: lease?.['token'] === undefined ? null : readLease(lease, now, remaining),
    armed:
      armed === undefined
        ? null
        : {
            state: rolling === undefined ? 'armed' : 'rolling',
            run: decodeValue(armed['run'] ?? ''),
            who: decodeValue(armed['who'] ?? ''),
            left: remaining(armed['boot'], numberOf(arm === armed['arm'] ? later : armed['deadline'])),
          },
    putBack:
      putBack === undefined
        ? null
        : {
            run: decodeValue(putBack['run'] ?? ''),
            who: decodeValue(putBack['who'] ?? ''),
            at: decodeValue(putBack['at'] ?? ''),
            reason: decodeValue(putBack['reason'] ?? ''),
            ok: putBack['ok'] === '1',
          },
  };
}

function readLease(
  lease: GuardRecord,
  now: number,
  remaining: (boot: string | undefined, until: number) => number,
): LeaseFact {
  return {
    token: lease['token'] ?? '',
    run: decodeValue(lease['run'] ?? ''),
    who: decodeValue(lease['who'] ?? ''),
    why: decodeValue(lease['why'] ?? ''),
    process: decodeValue(lease['process'] ?? ''),
    heldFor: Math.max(0, now - numberOf(lease['since'])),
    left: remaining(lease['boot'], numberOf(lease['until'])),
  };
}

function numberOf(text: string | undefined): number {
  return /^\d{1,15}$/.test(text ?? '') ? Number(text) : 0;
}
