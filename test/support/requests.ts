import type { Lab } from '../../docker/lab-handle.ts';

/** What a client saw of a URL. */
export interface Requests {
  readonly total: number;
  /** Requests that were not answered with HTTP 200. */
  readonly failed: number;
  /** Longest time between two answers, in milliseconds. */
  readonly gapMs: number;
}

/** Asks a URL about twenty times a second from the lab's client until stopped. */
export function startRequests(lab: Lab, url: string): { stop(): Promise<Requests> } {
  const script = `rm -f /run/requests-stop
while [ ! -e /run/requests-stop ]; do
  code=$(curl -g -s -o /dev/null -m 0.5 -w '%{http_code}' '${url}'); echo "$(date +%s%3N) $code"; sleep 0.03
done`;
  const running = lab.exec('client', script, { timeout: 120_000 });
  return {
    stop: async () => {
      await lab.exec('client', 'touch /run/requests-stop');
      const { stdout } = await running;
      const rows = stdout
        .trim()
        .split('\n')
        .map((line) => line.split(' '));
      const times = rows.filter(([, code]) => code === '200').map(([time]) => Number(time));
      const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time));
      return { total: rows.length, failed: rows.length - times.length, gapMs: Math.max(0, ...gaps) };
    },
  };
}
