#!/usr/bin/env node
import { runCli } from './commands/program.ts';

const interrupt = new AbortController();
let interrupts = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interrupts += 1;
    if (interrupts > 1) process.exit(130);
    process.stderr.write('\nInterrupted: finishing the running steps. Once more stops at once.\n');
    interrupt.abort();
  });
}
// A reader that went away (haprov plan | head) ends the output, not the run.
process.stdout.on('error', () => undefined);

process.exitCode = await runCli(process.argv.slice(2), {
  input: process.stdin,
  out: process.stdout,
  err: process.stderr,
  env: process.env,
  signal: interrupt.signal,
});
