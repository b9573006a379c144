#!/usr/bin/env node
import { createInterrupts } from './commands/interrupts.ts';
import { runCli } from './commands/program.ts';

const { signal, underway, interrupt } = createInterrupts(process.stderr, (code) => process.exit(code));
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, interrupt);
// A reader that went away (haprov plan | head) ends the output, not the run.
process.stdout.on('error', () => undefined);

process.exitCode = await runCli(process.argv.slice(2), {
  input: process.stdin,
  out: process.stdout,
  err: process.stderr,
  env: process.env,
  signal,
  underway,
});
