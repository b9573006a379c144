/** What a runtime error tells its reader: where, doing what, why, and what to do next. */
export interface ErrorFacts {
  /** Host id as in the inventory; for a jump host the hop as the user wrote it. */
  readonly host?: string | undefined;
  /** What was being done, as a verb phrase: "connect", "write /etc/keepalived/keepalived.conf". */
  readonly action?: string | undefined;
  /** The next step for the administrator, as an imperative sentence. */
  readonly next?: string | undefined;
  /** Full evidence (stderr, journal lines), never part of the message. Redacted by the view. */
  readonly evidence?: string | undefined;
  readonly cause?: unknown;
}

/** Base of every error that haprov expects; shown without a stack. The message is the cause in one short clause. */
export class HaprovError extends Error {
  override readonly name: string = 'HaprovError';
  readonly facts: ErrorFacts;

  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.facts = facts;
  }
}

/** Wrong usage or inventory: exit code 3, before any connection. */
export class UsageError extends HaprovError {
  override readonly name = 'UsageError';
}

/** An error as data: what JSON output and the summary show of it. */
export interface ErrorReport {
  readonly message: string;
  readonly host?: string;
  readonly action?: string;
  readonly next?: string;
  readonly evidence?: string;
}

/** Any thrown value as a report; unexpected errors keep their stack as evidence. */
export function reportError(error: unknown): ErrorReport {
  if (error instanceof HaprovError) {
    const { host, action, next, evidence } = error.facts;
    return {
      message: error.message,
      ...(host === undefined ? {} : { host }),
      ...(action === undefined ? {} : { action }),
      ...(next === undefined ? {} : { next }),
      ...(evidence === undefined ? {} : { evidence }),
    };
  }
  if (error instanceof Error) {
    return { message: `unexpected: ${error.message}`, evidence: error.stack ?? '' };
  }
  return { message: `unexpected: ${String(error)}` };
}
