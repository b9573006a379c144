// A client of virtual IPs, in a process of its own: asks each target on a fixed schedule, however long the earlier
// requests take, each over a connection of its own. Prints one JSON line a request, and ends when its input does.
// usage: vip-client.ts '{ "targets": ["http://10.0.0.100/", "tcp://10.0.0.100:22"], "everyMs": 50, "timeoutMs": 1000 }'
import { get } from 'node:http';
import { connect } from 'node:net';
import type { VipRequest } from './vip-outages.ts';

interface Wish {
  readonly targets: readonly string[];
  readonly everyMs: number;
  readonly timeoutMs: number;
}

/** A request on its way. */
interface Pending {
  readonly target: string;
  readonly start: number;
  /** The longest that this process itself was late meanwhile. */
  lagMs: number;
}

const wish: Wish = JSON.parse(process.argv[2] ?? '');
const pending = new Set<Pending>();
const begun = Date.now();
let ticks = 0;
let ending = false;

function tick(): void {
  if (ending) return;
  const now = Date.now();
  const lagMs = now - (begun + ticks * wish.everyMs);
  for (const request of pending) request.lagMs = Math.max(request.lagMs, lagMs);
  for (const target of wish.targets) ask(target, now, lagMs);
  // What could not be sent in time is left out, not sent in a burst: it would say nothing of its own moment.
  ticks = Math.max(ticks + 1, Math.ceil((Date.now() - begun) / wish.everyMs));
  setTimeout(tick, Math.max(0, begun + ticks * wish.everyMs - Date.now()));
}

function ask(target: string, start: number, lagMs: number): void {
  const request: Pending = { target, start, lagMs };
  pending.add(request);
  const url = new URL(target);
  const end = (error: string | null) => {
    if (!pending.delete(request)) return;
    clearTimeout(timer);
    const line: VipRequest = { ...request, ms: Date.now() - start, error };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    cancel();
    if (ending && pending.size === 0) process.exit(0);
  };
  // An answer that has come already, and was not read since this process was late, counts: sockets are read before.
  const timer = setTimeout(() => setImmediate(() => end('timeout')), wish.timeoutMs);
  const cancel = url.protocol === 'tcp:' ? askTcp(url, end) : askHttp(url, end);
}

function askHttp(url: URL, end: (error: string | null) => void): () => void {
  const request = get(url, { agent: false }, (response) => {
    response.on('error', (error) => end(reason(error)));
    response.on('aborted', () => end('cut off'));
    response.on('end', () => end(response.statusCode === 200 ? null : `HTTP ${response.statusCode}`));
    response.resume();
  });
  request.on('error', (error) => end(reason(error)));
  return () => request.destroy();
}

function askTcp(url: URL, end: (error: string | null) => void): () => void {
  const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) });
  socket.on('connect', () => end(null));
  socket.on('error', (error) => end(reason(error)));
  return () => socket.destroy();
}

function reason(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

process.stdin.on('data', () => undefined);
process.stdin.on('end', () => {
  ending = true;
  if (pending.size === 0) process.exit(0);
});
tick();
