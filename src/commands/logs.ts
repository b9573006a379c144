import { once } from 'node:events';
import { reportError, UsageError } from '../errors.ts';
import { readLogs } from '../operate/logs/logs.ts';
import { parseSince } from '../operate/logs/since.ts';
import { backLine, createLogLines, logJson, lostLine } from '../ui/status/logs-view.ts';
import { causeOf } from '../ui/terminal/error-view.ts';
import { EXIT, type ExitCode, type Io, styleFor } from './io.ts';
import { prepareRun, type RunOptions } from './prepare-run.ts';

export interface LogsOptions extends RunOptions {
  readonly follow?: boolean;
  readonly since?: string;
  /** A JavaScript regular expression on messages; hosts never see it. */
  readonly grep?: string;
}

const DEFAULT_SINCE = '1h';

/** `haprov logs`: the journals of all hosts merged in time order. */
export async function logs(file: string, options: LogsOptions, io: Io): Promise<ExitCode> {
  const since = parseSince(options.since ?? DEFAULT_SINCE, new Date());
  const wanted = options.grep === undefined ? undefined : patternOf(options.grep);
  const run = await prepareRun(file, options, io);
  const ids = run.hosts.map(({ host }) => host.id);
  const err = styleFor(io.err, io, options, run.redact);
  const line = createLogLines(ids, styleFor(io.out, io, options, run.redact));
  const follow = options.follow === true;
  const lost = new Set<string>();
  // A reader that went away (haprov logs -f | head) wants no more.
  const gone = new AbortController();
  io.out.once('error', () => gone.abort());
  try {
    const entries = readLogs({
      inventory: run.inventory,
      transport: run.transport,
      since,
      follow,
      signal: AbortSignal.any([io.signal, gone.signal]),
      onLost: (host, error) => {
        lost.add(host.id);
        io.err.write(lostLine(host.id, causeOf(reportError(error), err), err, follow));
      },
      onBack: (host) => {
        lost.delete(host.id);
        io.err.write(backLine(host.id, err));
      },
    });
    for await (const entry of entries) {
      if (gone.signal.aborted) break;
      if (wanted !== undefined && !wanted.test(entry.message)) continue;
      const text = options.json === true ? logJson(entry, run.redact) : line(entry);
      if (!io.out.write(text)) await once(io.out, 'drain', { signal: io.signal }).catch(() => undefined);
    }
    io.err.write(run.acceptedKeys.join(''));
  } finally {
    run.transport.close();
  }
  if (io.signal.aborted) return EXIT.interrupted;
  return lost.size > 0 ? EXIT.unreachable : EXIT.done;
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--grep is no regular expression: ${message}`);
  }
}
