import { spawn } from 'node:child_process';
import { readFile, rm, truncate } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { ChannelEvents, OpenChannel } from '../run/channel.ts';
import { runArguments, SSH } from './arguments.ts';
import { fallOf, type OpensshLink } from './link.ts';
import { logOf } from './master-process.ts';
import { isExecRefused, type RunLog, readRunLog } from './run-log.ts';

/** What channels over a master are made with. */
export interface MuxTools {
  /** Gives paths for logs. */
  readonly fresh: () => string;
  readonly env: NodeJS.ProcessEnv;
  /** How long the server may take to open a channel. */
  readonly channelOpenMs: number;
}

/** A command that has ended frees its channel within a round trip; what it left in the background does not. */
const LEAVE_MS = 250;
/** How long after a command the connection under it may be found dead. */
const SAME_CAUSE_MS = 1000;

/**
 * Channels over a master, each an ssh process of its own that hands its pipes to the master. What that process has to
 * say goes to a log, which is read only where something failed: the command's stderr stays its own.
 */
export function muxChannels(link: OpensshLink, tools: MuxTools): OpenChannel {
  let open = 0;
  return (command, events) => {
    const log = tools.fresh();
    let heard = false;
    let given = false;
    let gone = false;
    open++;
    const child = spawn(SSH, runArguments(link.master.socket, log, command), {
      env: tools.env,
      detached: true,
      stdio: 'pipe',
    });
    const readLog = async (): Promise<RunLog> => readRunLog(await readFile(log, 'utf8').catch(() => ''));

    const late = setTimeout(async () => {
      if (heard || (await readLog()).channel !== undefined || given) return;
      const why = `the server did not start a command within ${tools.channelOpenMs / 1000} s`;
      events.failed({ kind: 'lost', why, unsent: true });
    }, tools.channelOpenMs);
    child.stdin.on('error', () => {});
    child.stdout.on('data', (bytes: Buffer) => {
      heard = true;
      events.stdout(bytes);
    });
    child.stderr.on('data', (bytes: Buffer) => {
      heard = true;
      events.stderr(bytes);
    });
    child.on('error', (error) => {
      if (child.pid === undefined)
        events.failed({ kind: 'lost', why: `ssh could not be started (${error.message})`, unsent: true });
    });
    child.on('exit', () => {
      gone = true;
    });
    child.on('close', async (code) => {
      gone = true;
      clearTimeout(late);
      if (code === 255 && !given) await explain(await readLog(), link, heard, events);
      else events.ended(given || code === null ? undefined : { code, signal: undefined });
      await rm(log, { force: true });
      // The master appends to its log as long as it lives; what it said of good runs is of no use.
      if (--open === 0 && code !== 255) await truncate(logOf(link.master.socket)).catch(() => {});
    });

    events.requested({
      write: (bytes) => void child.stdin.write(bytes),
      end: () => void child.stdin.end(),
      // The multiplexing protocol knows no signals: the closed channel ends the command at its next write.
      terminate: () => {},
    });
    return () => {
      if (given) return;
      given = true;
      clearTimeout(late);
      child.stdin.destroy();
      const leave = setTimeout(() => {
        child.kill('SIGTERM');
        child.stdout.destroy();
        child.stderr.destroy();
      }, LEAVE_MS);
      if (gone) clearTimeout(leave);
      child.on('exit', () => clearTimeout(leave));
    };
  };
}

/** Exit 255 is a command's own status, or stands for anything that ssh met. */
async function explain(log: RunLog, link: OpensshLink, heard: boolean, events: ChannelEvents): Promise<void> {
  if (log.refused) events.failed({ kind: 'no-room', why: 'the server opens no further channel', unsent: true });
  else if (log.channel === undefined) {
    events.failed({ kind: 'lost', why: link.down ?? 'the connection was lost', unsent: true });
  } else if (log.status !== undefined) return events.ended({ code: log.status, signal: undefined });
  else if (!heard && isExecRefused(await readFile(logOf(link.master.socket), 'utf8').catch(() => ''), log.channel)) {
    events.failed({ kind: 'exec', why: 'the server refused the command', unsent: false });
  } else {
    await Promise.race([link.master.gone, pause(SAME_CAUSE_MS, undefined, { ref: false })]);
    if (link.master.isGone) await fallOf(link);
    return events.ended(link.down === undefined ? { code: null, signal: 'a signal' } : undefined);
  }
  events.ended(undefined);
}
