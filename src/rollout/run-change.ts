import type { Change } from '../changes/change.ts';
import type { Step } from '../changes/steps.ts';
import { HaprovError } from '../errors.ts';
import { runVerb } from '../host/client.ts';
import { wayOut } from '../host/way-out.ts';
import type { RunOptions, Session } from '../transport/session.ts';
import type { Emit } from './events.ts';

/** A step that ran to its end on the host and failed there. What came before it stands. */
export class StepError extends HaprovError {
  override readonly name = 'StepError';
  readonly code: number;

  constructor(code: number, message: string, facts: HaprovError['facts']) {
    super(message, facts);
    this.code = code;
  }
}

const STEP_MS = 60_000;

/** Runs steps of one change in order (`stage` for what it does ahead of time), with events; throws at the first that fails. */
export async function runChange(
  session: Session,
  { task, target }: Change,
  action: Change['action'] | 'stage',
  steps: readonly Step[],
  emit: Emit,
): Promise<void> {
  const host = session.host.id;
  const about = { host, task, action, target };
  const started = Date.now();
  emit({ event: 'change-start', ...about });
  try {
    for (const step of steps) await runStep(session, step, emit);
    emit({ event: 'change-end', ...about, ok: true, ms: Date.now() - started });
  } catch (error) {
    emit({ event: 'change-end', ...about, ok: false, ms: Date.now() - started });
    throw error;
  }
}

/** One step to its end; throws StepError where it fails on the host. */
export async function runStep(session: Session, step: Step, emit: Emit): Promise<void> {
  const host = session.host.id;
  const options: RunOptions = {
    timeoutMs: step.timeoutMs ?? STEP_MS,
    // Steps are silent but for what they wait for.
    onStdout: (text) => {
      for (const line of text.split('\n'))
        if (line.startsWith('waiting ')) emit({ event: 'waiting', host, reason: line });
    },
  };
  const result = await runVerb(session, step.call, options);
  if (result.code === 0) return;
  const lines = result.stderr.trim().split('\n');
  const next = wayOut(result.stderr, host);
  throw new StepError(result.code, lines[0] || `exit status ${result.code}`, {
    host,
    ...(next === undefined ? {} : { next }),
    action: step.describe,
    ...(lines.length > 1 ? { evidence: lines.slice(1).join('\n') } : {}),
  });
}
