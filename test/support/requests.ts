import type { Lab } from '../../docker/lab-handle.ts';
import { must } from './lab.ts';

/** What a client saw of a URL. */
export interface Requests {
  readonly total: number;
  /** Requests that were not answered with HTTP 200. */
  readonly failed: number;
  /** Longest time between two answers, in milliseconds. */
  readonly gapMs: number;
}

/** Asks a URL about twenty times a second from the lab's client until stopped; resolves once it has asked. */
export async function startRequests(lab: Lab, url: string): Promise<{ stop(): Promise<Requests> }> {
  await must(lab, 'client', 'rm -f /run/requests-stop /run/requests-go');
  const script = `while [ ! -e /run/requests-stop ]; do
  code=$(curl -g -s -o /dev/null -m 0.5 -w '%{http_code}' '${url}'); echo "$(date +%s%3N) $code"
  : >/run/requests-go; sleep 0.03
done`;
  const running = lab.exec('client', script, { timeout: 120_000 });
  await must(lab, 'client', 'timeout 20 sh -c "until [ -e /run/requests-go ]; do sleep 0.05; done"');
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
