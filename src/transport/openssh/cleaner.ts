import { spawn } from 'node:child_process';
import { Socket } from 'node:net';

/** A process that ends what haprov started, should haprov die without a chance to. */
export interface Cleaner {
  /** Watches over a process until `forget`. */
  add(pid: number): void;
  forget(pid: number): void;
  /** Lets it do its work now. */
  end(): void;
}

/** Reads `+ PID` and `- PID`. At the end of its input, which comes with the end of haprov, it kills what is left. */
const SCRIPT = `trap '' INT HUP
pids=
while read -r sign pid; do
  kept=
  for one in $pids; do [ "$one" = "$pid" ] || kept="$kept $one"; done
  pids=$kept
  [ "$sign" = - ] || pids="$pids $pid"
done
[ -z "$pids" ] || kill $pids
rm -rf -- "$1"
for wait in 1 2 3 4 5 6 7 8 9 10; do
  left=
  for one in $pids; do ! kill -0 "$one" || left="$left $one"; done
  [ "$left" ] || exit 0
  sleep 0.1
done
kill -9 $left`;

/** Starts the cleaner for `directory`, which it removes. It keeps no event loop running. */
export function startCleaner(directory: string): Cleaner {
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'haprov-ssh-cleaner', directory], {
    cwd: '/',
    // A session of its own: what the terminal does to haprov's process group does not reach it.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  return {
    add: (pid) => void child.stdin.write(`+ ${pid}\n`),
    forget: (pid) => void child.stdin.write(`- ${pid}\n`),
    end: () => void child.stdin.end(),
  };
}
