import { reportError } from '../../errors.ts';
import type { Session } from '../../transport/session.ts';
import type { VipRequest } from '../vip-client/outages.ts';
import { measureOffset } from './clock-offset.ts';
import { DrillError } from './guard.ts';
import { remoteClientScript } from './remote-client-script.ts';

/** A client of a VIP at work, here or on a host. */
export interface DrillClient {
  /** What asks, where it is less than was wished: "curl is not installed: the port alone is asked". */
  readonly note?: string;
  /** Resolves with why the client ended before it was stopped. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/** curl's own: could not resolve, refused, timed out, broken off, reset. */
const CURL_ERRORS: Readonly<Record<string, string>> = {
  '6': 'ENOTFOUND',
  '7': 'ECONNREFUSED',
  '28': 'timeout',
  '52': 'cut off',
  '56': 'ECONNRESET',
  '124': 'timeout',
};

/** Asks from a host. Times of the requests are of that host's clock, made this machine's. */
export async function startRemoteClient(
  session: Session,
  target: string,
  onRequest: (request: VipRequest) => void,
): Promise<DrillClient> {
  const offset = await measureOffset(session);
  const enough = new AbortController();
  let rest = '';
  let isStarted = false;
  let started: (tool: string) => void = () => undefined;
  const start = new Promise<string>((resolve) => {
    started = resolve;
  });
  const onStdout = (text: string): void => {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!isStarted) started(line);
      isStarted = true;
      const request = readRequest(line, target, offset.ms);
      if (request !== undefined) onRequest(request);
    }
  };
  const ended = session
    .run(remoteClientScript(target), { signal: enough.signal, onStdout, timeoutMs: 3_900_000, become: false })
    .then(
      ({ stderr }) => stderr.trim() || 'it came to its end',
      (error: unknown) => reportError(error).message,
    );
  const said = await Promise.race([start, ended]);
  if (!said.startsWith('tool ')) {
    const why = said === 'unable' ? 'neither curl nor bash is installed' : said;
    throw new DrillError(why, { host: session.host.id, action: 'ask the VIP' });
  }
  const less = said === 'tool bash' && !target.startsWith('tcp:');
  return {
    ...(less
      ? { note: `curl is not installed on ${session.host.id}: whether the port opens is all that was asked` }
      : {}),
    ended,
    stop: async () => {
      // Answers on their way.
      await new Promise((resolve) => setTimeout(resolve, 300));
      enough.abort();
    },
  };
}

/** A line of remoteClientScript; undefined where it tells of no request. */
export function readRequest(line: string, target: string, offset: number): VipRequest | undefined {
  const [, time, status = '000', took = '0', code = '0'] = /^r (\d+) (\d+) ([\d.,]+) (\d+)$/.exec(line) ?? [];
  if (time === undefined) return undefined;
  const start = Math.round(Number(time) / 1e6 - offset);
  const ms = Math.round(Number(took.replace(',', '.')) * 1000);
  const failed =
    code !== '0' ? (CURL_ERRORS[code] ?? `exit status ${code}`) : Number(status) >= 500 ? `HTTP ${status}` : null;
  return { target, start, ms, error: failed, lagMs: 0 };
}
