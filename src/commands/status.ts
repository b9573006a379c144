import { setTimeout as sleep } from 'node:timers/promises';
import { getStatus } from '../operate/status/get-status.ts';
import type { ClusterStatus } from '../operate/status/model.ts';
import type { HostTasks } from '../plan/plan-host.ts';
import type { Session } from '../transport/session.ts';
import { statusJson } from '../ui/status/status-json.ts';
import { renderStatus } from '../ui/status/status-view.ts';
import { jsonDocument, jsonLine } from '../ui/terminal/json.ts';
import { createRegion } from '../ui/terminal/region.ts';
import { terminalSize } from '../ui/terminal/size.ts';
import { EXIT, type ExitCode, type Io, outputFor, styleFor } from './io.ts';
import { type Run, type RunOptions, withRun } from './prepare-run.ts';

export interface StatusOptions extends RunOptions {
  /** Look again and again until interrupted. */
  readonly watch?: boolean;
}

/** Milliseconds between two looks of --watch. */
const WATCH_MS = 2000;

/** `haprov status`: who holds each VIP. Changes nothing; keepalived writes its state to a file for a moment. */
export async function status(file: string, options: StatusOptions, io: Io): Promise<ExitCode> {
  return withRun(file, options, io, async (run) => {
    const look = looker(run, io.signal);
    if (options.watch === true) return await watch(look, run, options, io);
    const clusters = await look();
    io.out.write(render(clusters, run, options, io));
    return exitCodeOf(clusters, io.signal);
  });
}

/** A function that looks at the fleet; connections stay open from one look to the next. */
function looker({ inventory, hosts, transport }: Run, signal: AbortSignal): () => Promise<readonly ClusterStatus[]> {
  const sessions = new Map<string, Session>();
  const open = async ({ host }: HostTasks): Promise<Session> => {
    const session = sessions.get(host.id) ?? (await transport.connect(host, signal));
    sessions.set(host.id, session);
    return session;
  };
  return async () => {
    const clusters = await getStatus({ inventory, hosts, open, signal });
    for (const { hosts: seen } of clusters) {
      for (const [id, host] of Object.entries(seen)) {
        if (host.reachable) continue;
        sessions.get(id)?.close();
        sessions.delete(id);
      }
    }
    return clusters;
  };
}

async function watch(
  look: () => Promise<readonly ClusterStatus[]>,
  run: Run,
  options: StatusOptions,
  io: Io,
): Promise<ExitCode> {
  const live = outputFor(io, options).kind === 'terminal';
  const region = live ? createRegion(io.out, () => terminalSize({ out: io.out })) : undefined;
  try {
    while (!io.signal.aborted) {
      const clusters = await look();
      if (io.signal.aborted) break;
      if (options.json === true) {
        io.out.write(jsonLine({ time: new Date().toISOString(), ...statusJson(clusters, run.inventory) }, run.redact));
      } else {
        const text = `${new Date().toISOString()}\n${render(clusters, run, options, io)}`;
        if (region === undefined) io.out.write(`${text}\n`);
        else region.draw('', text.trimEnd().split('\n'));
      }
      await sleep(WATCH_MS, undefined, { signal: io.signal }).catch(() => undefined);
    }
    return EXIT.interrupted;
  } finally {
    region?.close();
  }
}

function render(clusters: readonly ClusterStatus[], run: Run, options: StatusOptions, io: Io): string {
  if (options.json === true) return jsonDocument(statusJson(clusters, run.inventory), run.redact);
  return renderStatus(clusters, run.inventory, styleFor(io.out, io, options, run.redact));
}

function exitCodeOf(clusters: readonly ClusterStatus[], signal: AbortSignal): ExitCode {
  if (signal.aborted) return EXIT.interrupted;
  const seen = clusters.flatMap(({ hosts }) => Object.values(hosts));
  const broken = clusters.some(({ verdict }) => !['ok', 'unknown'].includes(verdict));
  if (!broken && seen.some((host) => !host.reachable)) return EXIT.unreachable;
  return clusters.every(({ verdict }) => verdict === 'ok') ? EXIT.done : EXIT.failed;
}
