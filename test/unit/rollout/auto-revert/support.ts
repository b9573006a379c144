import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { changeLine } from '../../../../src/host/client.ts';
import { arm } from '../../../../src/rollout/auto-revert/arm.ts';
import type { FencedSession } from '../../../../src/rollout/lease/fence.ts';
import type { RunIdentity } from '../../../../src/rollout/lease/identity.ts';
import { type Lock, lockHosts } from '../../../../src/rollout/lease/lock.ts';
import { GuardedHost, QUICK, until } from '../lease/support.ts';

/** A host with one thing on it, which a run changes from old to new. */
export class SwitchedHost extends GuardedHost {
  readonly thing = this.path('thing');

  constructor() {
    super();
    writeFileSync(this.thing, 'old\n');
  }

  /** Takes the change back, in two steps that can be told apart, and says so. */
  get undo(): string {
    return `echo "undoing"; echo "boot=\${HAPROV_BOOT-}" >>${this.path('undone')}; echo torn >${this.thing}; echo old >${this.thing}`;
  }

  /** How often the undo has begun. */
  get undone(): number {
    return existsSync(this.path('undone')) ? readFileSync(this.path('undone'), 'utf8').trim().split('\n').length : 0;
  }

  get content(): string {
    return readFileSync(this.thing, 'utf8').trim();
  }

  /** What tells one arming from the next. */
  get arm(): string {
    const record = this.record('switch/armed') ?? this.record('switch/rolling') ?? '';
    return /^arm=(.*)$/m.exec(record)?.[1] ?? '';
  }

  /** Whatever is armed from now on is watched by nobody: a test that plays the watcher is the only one. */
  unwatched(): void {
    this.stub('systemd-run', `while [ "$1" != watch ]; do shift; done; echo "$2" >${this.state}/switch/heartbeat`);
  }

  /** The time is over. */
  expire(): void {
    this.write('switch/deadline', `${this.arm} 1\n`);
  }

  /** As `expire`, and waits until the host has put its old state back. */
  async rolled(): Promise<void> {
    this.expire();
    await until(async () => (await this.guard()).putBack !== null && (await this.guard()).armed === null);
  }

  async lock(who: RunIdentity, force = false): Promise<Lock> {
    const { signal } = new AbortController();
    return lockHosts({
      sessions: new Map([['lb1', this.session()]]),
      expected: new Map([['lb1', this.record('generation')?.trim() ?? '']]),
      identity: who,
      waitMs: 60_000,
      force,
      onWaiting: () => undefined,
      signal,
      times: QUICK,
    });
  }

  /** Locked, armed, and changed to new. */
  async change(who: RunIdentity, seconds = 600, undo = this.undo): Promise<FencedSession> {
    const session = (await this.lock(who)).sessions.get('lb1');
    if (session === undefined) throw new Error('the host was not locked');
    await arm(session, who, { seconds, list: listOf(undo) });
    await session.run(`echo new >${this.thing}`);
    return session;
  }
}

/** A list of changes that is one script. */
export function listOf(text: string): readonly string[] {
  return [changeLine('script', { script: text })];
}

/** What stays behind when nothing is armed and nothing was put back. */
export const QUIET = ['generation', 'lease', 'lock', 'switch', 'switch/confirmed'];
