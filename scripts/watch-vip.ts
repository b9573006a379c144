import type { Lab } from '../docker/lab-handle.ts';

/** What a client saw of a VIP. */
export interface VipWatch {
  readonly requests: number;
  readonly answers: number;
  /** Longest time between two answers, in milliseconds. */
  readonly gapMs: number;
  /** Whether the last requests were answered. */
  readonly answersAtEnd: boolean;
}

/** The host that has the VIP on an interface, by its own word. */
export async function getHolder(lab: Lab, hosts: readonly string[], vip: string): Promise<string | undefined> {
  const found = await Promise.all(
    hosts.map(async (host) => {
      const { stdout } = await lab.exec(host, 'ip -o addr show');
      return stdout.includes(` ${vip}/`) ? host : undefined;
    }),
  );
  return found.find((host) => host !== undefined);
}

/**
 * Asks a URL ten times a second from a host of the lab until stopped, and draws one character a request: a dot for an
 * HTTP 200, an x for anything else.
 */
export function watchVip(
  lab: Lab,
  client: string,
  url: string,
  print: (text: string) => void,
): { stop(): Promise<VipWatch> } {
  const script = `rm -f /tmp/watch-stop; while [ ! -e /tmp/watch-stop ]; do
  t=$(date +%s%3N); c=$(curl -s -o /dev/null -m 0.5 -w '%{http_code}' ${url}); echo "$t $c"; sleep 0.1
done`;
  const running = lab.exec(client, script, { timeout: 120_000 });
  return {
    stop: async () => {
      await lab.exec(client, 'touch /tmp/watch-stop');
      const { stdout } = await running;
      const rows = stdout
        .trim()
        .split('\n')
        .map((line) => line.split(' '));
      const line = rows.map(([, code]) => (code === '200' ? '.' : 'x')).join('');
      for (let at = 0; at < line.length; at += 76) print(`  ${line.slice(at, at + 76)}`);
      const times = rows.filter(([, code]) => code === '200').map(([time]) => Number(time));
      const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time));
      return {
        requests: rows.length,
        answers: times.length,
        gapMs: Math.max(0, ...gaps),
        answersAtEnd: /\.{5}$/.test(line),
      };
    },
  };
}
