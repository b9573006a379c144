import { spawn } from 'node:child_process';
import { awaitGreeting } from '../../src/transport/relay/greeting.ts';
import { packProgram, relayCommand } from '../../src/transport/relay/loader.ts';
import { relayProgram } from '../../src/transport/relay/program.ts';
import type { RelayPipe } from '../../src/transport/relay/relay.ts';

let program: Promise<Uint8Array> | undefined;

/** Starts the relay's own process on this machine, by the command line that a jump host gets. */
export async function startLocalRelay(shell = '/bin/sh'): Promise<RelayPipe & { readonly pid: number }> {
  program ??= relayProgram();
  const bytes = await program;
  const mark = 'haprov-0123456789';
  const child = spawn(shell, ['-c', relayCommand(mark)], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => {});
  child.stdin.write(packProgram(bytes));
  const greeting = await awaitGreeting(child.stdout, mark);
  if (greeting.kind !== 'ready') throw new Error(`no relay: ${greeting.kind}`);
  return {
    pid: child.pid ?? 0,
    input: child.stdin,
    output: child.stdout,
    rest: greeting.rest,
    onDown: (listener) => void child.on('close', () => listener('the relay ended')),
    close: () => {
      child.stdin.end();
      child.stdout.destroy();
    },
  };
}
