import { setTimeout as sleep } from 'node:timers/promises';
import { getStatus } from '../operate/status/get-status.ts';
import type { ClusterStatus } from '../operate/status/model.ts';
import type { HostTasks } from '../plan/plan-host.ts';
import type { Session } from '../transport/session.ts';
import { createPane } from '../ui/live/pane.ts';
import { statusJson } from '../ui/status/status-json.ts';
import { renderStatus } from '../ui/status/status-view.ts';
import { localTime, Transitions } from '../ui/status/transitions.ts';
import { jsonDocument, jsonLine } from '../ui/terminal/json.ts';
import { counted, visibleLine } from '../ui/terminal/text.ts';
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
    const clusters = await lookOnce(look, run, options, io);
    io.out.write(render(clusters, run, options, io));
    return exitCodeOf(clusters, io.signal);
  });
}

type Look = (answered?: (host: string) => void) => Promise<readonly ClusterStatus[]>;

/** A host that is down takes as long as its connection may: on a terminal it is said at once who is waited for. */
async function lookOnce(look: Look, run: Run, options: StatusOptions, io: Io): Promise<readonly ClusterStatus[]> {
  if (io.err.isTTY !== true || outputFor(io, options).kind !== 'terminal') return look();
  const { showWhile, Unanswered } = await import('../ui/live/under-way.ts');
  const style = styleFor(io.err, io, options, run.redact);
  const waiting = new Unanswered(
    run.hosts.map(({ host }) => host.id),
    style,
  );
  const title = `Ask ${counted(run.hosts.length, 'host')}`;
  const step = () => waiting.text('look again: a split brain has to last to be one');
  return showWhile({ out: io.err, style, title, step }, () => look((host) => waiting.answered(host)));
}

/** A function that looks at the fleet; connections stay open from one look to the next. */
function looker({ inventory, hosts, transport }: Run, signal: AbortSignal): Look {
  const sessions = new Map<string, Session>();
  const open = async ({ host }: HostTasks): Promise<Session> => {
    const session = sessions.get(host.id) ?? (await transport.connect(host, signal));
    sessions.set(host.id, session);
    return session;
  };
  return async (answered = () => {}) => {
    const clusters = await getStatus({ inventory, hosts, open, signal, answered });
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

async function watch(look: Look, run: Run, options: StatusOptions, io: Io): Promise<ExitCode> {
  const live = outputFor(io, options).kind === 'terminal';
  const pane = live ? await createPane(io.out, styleFor(io.out, io, options, run.redact)) : undefined;
  const history = new Transitions();
  pane?.show(`${watchTitle(new Date(), run, history)}\nasking ${counted(run.hosts.length, 'host')} …\n`);
  try {
    while (!io.signal.aborted) {
      const clusters = await look();
      if (io.signal.aborted) break;
      const now = new Date();
      history.take(clusters, now);
      if (options.json === true) {
        io.out.write(jsonLine({ time: now.toISOString(), ...statusJson(clusters, run.inventory) }, run.redact));
      } else if (pane === undefined) io.out.write(`${now.toISOString()}\n${render(clusters, run, options, io)}\n`);
      else pane.show(`${watchTitle(now, run, history)}\n${render(clusters, run, options, io)}`);
      await sleep(WATCH_MS, undefined, { signal: io.signal }).catch(() => undefined);
    }
    return EXIT.interrupted;
  } finally {
    pane?.close();
  }
}

/** What is watched, when it was last seen in local time, how often, and what changed last. */
function watchTitle(now: Date, { inventory, redact }: Run, history: Transitions): string {
  const title = `haprov status ${inventory.file}   ${localTime(now)}   every ${WATCH_MS / 1000} s, Ctrl-C ends`;
  return [title, ...history.lines()].map((line) => visibleLine(redact(line))).join('\n');
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
