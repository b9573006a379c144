import type { Client, ClientChannel } from 'ssh2';
import type { Exit, OpenChannel } from '../run/channel.ts';
import { acceptsData, execChannel } from './exec-channel.ts';

/** Channels on an ssh2 client; one that the server does not start within `channelOpenMs` is lost. */
export function ssh2Channels(client: Client, channelOpenMs: number): OpenChannel {
  return (command, events) => {
    let channel: ClientChannel | undefined;
    let exit: Exit | undefined;
    let given = false;

    const lost = (why: string): void => events.failed({ kind: 'lost', why, unsent: channel === undefined });
    const late = setTimeout(
      () => lost(`the server did not start a command within ${channelOpenMs / 1000} s`),
      channelOpenMs,
    );
    const requested = (opened: ClientChannel): void => {
      channel = opened;
      opened.on('error', () => {});
      opened.stderr.on('error', () => {});
      opened.on('data', (bytes: Buffer) => events.stdout(bytes));
      opened.stderr.on('data', (bytes: Buffer) => events.stderr(bytes));
      opened.on('exit', (code: number | null, signal?: string) => {
        exit = { code, signal };
      });
      opened.on('close', () => events.ended(exit));
      if (given) {
        opened.close();
        return;
      }
      if (!acceptsData(opened)) {
        events.failed({ kind: 'lost', why: 'the server announced an unusable packet size', unsent: true });
        return;
      }
      // Servers may ignore the signal; the closed channel then ends the command at its next write.
      events.requested({
        write: (bytes) => void opened.write(bytes),
        end: () => void opened.end(),
        terminate: () => opened.signal('TERM'),
      });
    };
    const started = (error: Error | undefined): void => {
      clearTimeout(late);
      if (error === undefined) return;
      if (channel !== undefined) events.failed({ kind: 'exec', why: error.message, unsent: false });
      else if ('reason' in error) events.failed({ kind: 'no-room', why: error.message, unsent: true });
      else lost('the connection was lost');
    };

    try {
      execChannel(client, command, requested, started);
    } catch {
      // ssh2 throws where the connection is already gone.
      clearTimeout(late);
      lost('the connection was lost');
    }
    return () => {
      given = true;
      clearTimeout(late);
      channel?.end();
      channel?.close();
    };
  };
}
