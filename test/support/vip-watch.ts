import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { givePrecedence } from '../../docker/precedence.ts';
import { readVipLog, type VipLog, type VipRequest } from '../../src/operate/vip-client/outages.ts';

const CLIENT = fileURLToPath(new URL('./vip-client.ts', import.meta.url));

/** How a client asks. */
export interface VipWatchOptions {
  /** Milliseconds between two requests to the same target; default 50, twenty a second. */
  readonly everyMs?: number;
  /** Milliseconds in which an answer has to come; default 1000. */
  readonly timeoutMs?: number;
}

/** A client at work. */
export interface VipWatch {
  /** Resolves once so many more requests have ended. */
  asked(count: number): Promise<void>;
  /** Ends it, once its last requests have ended, and gives what it saw of each target. Throws when it died before. */
  stop(): Promise<ReadonlyMap<string, VipLog>>;
}

/** Starts a client of these URLs (http: or tcp:) on this machine, and gives it once it has asked for the first time. */
export async function watchVips(
  targets: readonly string[],
  { everyMs = 50, timeoutMs = 1000 }: VipWatchOptions = {},
): Promise<VipWatch> {
  const wish = JSON.stringify({ targets, everyMs, timeoutMs });
  const child = spawn(process.execPath, ['--import', 'tsx', CLIENT, wish], {
    // Where Node looks for tsx.
    cwd: dirname(CLIENT),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  // It stands for clients on machines of their own: what it sees must not be this machine's load.
  givePrecedence(child.pid);
  const requests: VipRequest[] = [];
  let stopping = false;
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (stopping && code === 0) resolve();
      else reject(new Error(`the client of ${targets.join(', ')} ended with ${code ?? signal}`));
    });
  });
  const lines = createInterface({ input: child.stdout }).on('line', (line) => {
    const request: VipRequest = JSON.parse(line);
    requests.push(request);
  });
  await Promise.race([once(lines, 'line'), ended]);
  // Told by stop(), or by nobody where the test has failed already.
  ended.catch(() => undefined);
  return {
    asked: async (count) => {
      const goal = requests.length + count;
      while (requests.length < goal) await Promise.race([once(lines, 'line'), ended]);
    },
    stop: async () => {
      stopping = true;
      child.stdin.end();
      await ended;
      return new Map(targets.map((target) => [target, readVipLog(requests.filter((one) => one.target === target))]));
    },
  };
}
