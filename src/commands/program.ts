import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { SERVICE_CHOICE } from '../checks/services.ts';
import { UsageError } from '../errors.ts';
import { renderError } from '../ui/terminal/error-view.ts';
import { guardedStream } from '../ui/terminal/guarded.ts';
import { EXIT, type ExitCode, type Io, type Redact, styleFor } from './io.ts';
import { VERSION } from './version.ts';

/**
 * Parses the command line, runs the command, and gives the exit code; never throws. All that a command writes goes through
 * guarded streams: no text of a host or a file acts on the terminal.
 */
export async function runCli(argv: readonly string[], process: Io): Promise<ExitCode> {
  let redact: Redact = (text) => text;
  const masks = (known: Redact): void => {
    redact = known;
  };
  const io: Io = { ...process, masks, out: guardedStream(process.out), err: guardedStream(process.err) };
  let code: ExitCode = EXIT.done;
  const program = buildProgram(io, (result) => {
    code = result;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    return explain(error, argv, io, redact);
  }
}

async function explain(error: unknown, argv: readonly string[], io: Io, redact: Redact): Promise<ExitCode> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const { InvalidInventoryError } = await import('./load.ts');
  if (error instanceof InvalidInventoryError) return EXIT.usage;
  const style = styleFor(io.err, io, { color: !argv.includes('--no-color') }, redact);
  io.err.write(renderError(error, style, { verbose: argv.includes('--verbose') }));
  if (error instanceof UsageError) return EXIT.usage;
  return io.signal.aborted || (error instanceof Error && error.name === 'InterruptedError')
    ? EXIT.interrupted
    : EXIT.failed;
}

function buildProgram(io: Io, done: (code: ExitCode) => void): Command {
  const program = new Command('haprov')
    .description('Makes a virtual IP highly available on real Linux hosts, from one YAML file, over SSH alone.')
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out.write(text), writeErr: (text) => io.err.write(text) })
    .showHelpAfterError('(haprov --help tells the commands, haprov COMMAND --help their options)');
  program
    .command('apply')
    .description('plan, show, ask, roll out, verify')
    .argument('<inventory>', 'the YAML file')
    .option('--dry-run', 'show what would be done, and change nothing; the same as plan')
    .option('--yes', 'do not ask; required without a terminal')
    .option('--plan <file>', 'apply exactly this saved plan; refuse if anything differs by now')
    .addOption(
      new Option('--rerun <which>', 'only the clusters that did not end well in the last run').choices(['failed']),
    )
    .addOption(new Option('--out <file>').hideHelp())
    .action(async (file, options) => done(await (await import('./apply.ts')).apply(file, options, io)));
  program
    .command('plan')
    .description('show what apply would do; nothing is touched')
    .argument('<inventory>', 'the YAML file')
    .option('--out <file>', 'save the plan, for apply --plan')
    .action(async (file, options) => done(await (await import('./plan.ts')).plan(file, options, io)));
  program
    .command('rollback')
    .description('list what the last runs changed, and take one of them back as a plan')
    .argument('<inventory>', 'the YAML file')
    .option('--undo <run>', 'take this run back, or the last one')
    .option('--dry-run', 'with --undo: show what would be done, and change nothing')
    .option('--yes', 'do not ask; required without a terminal')
    .action(async (file, options) => done(await (await import('./rollback.ts')).rollback(file, options, io)));
  program
    .command('remove')
    .description('take back all that haprov wrote on the hosts; nobody holds the VIP afterwards')
    .argument('<inventory>', 'the YAML file')
    .option('--purge', 'remove the packages too that haprov installed')
    .option('--dry-run', 'show what would be done, and change nothing')
    .option('--yes', 'do not ask; required without a terminal')
    .action(async (file, options) => done(await (await import('./remove.ts')).remove(file, options, io)));
  program
    .command('status')
    .description('who holds each VIP; split brain; no master')
    .argument('<inventory>', 'the YAML file')
    .option('--watch', 'look again every two seconds until interrupted')
    .action(async (file, options) => done(await (await import('./status.ts')).status(file, options, io)));
  program
    .command('switchover')
    .description('move the VIPs of a cluster to another member on purpose, and measure what that costs')
    .argument('<words...>', '[INVENTORY] CLUSTER')
    .usage('[options] [inventory] <cluster>')
    .option('--to <host>', 'the member that shall have them; default: the likely taker')
    .action(async (words, options) => done(await (await import('./switchover.ts')).switchover(words, options, io)));
  program
    .command('maintenance')
    .description('keep a host standby through reloads, upgrades and reboots, or end that')
    .argument('<state>', 'on or off')
    .argument('<words...>', '[INVENTORY] HOST')
    .usage('[options] on|off [inventory] <host>')
    .option('--reason <text>', 'why, for those who look')
    .option('--force', 'take it out although nobody can take its VIPs')
    .action(async (state, words, options) =>
      done(await (await import('./maintenance.ts')).maintenance(state, words, options, io)),
    );
  program
    .command('drill')
    .description('break clusters on purpose, measure the outage beside the predicted one, put right, report')
    .argument('<inventory>', 'the YAML file')
    .option('--cluster <name>', 'only this cluster')
    .option('--scenario <names>', 'service, keepalived, crash, isolate, flap, reboot, or all but the last (default)')
    .option('--max-outage <time>', 'an outage may last so long: 5s (default), 800ms, 1m')
    .option('--from <host>', 'ask the VIPs from this host of the inventory, not from here')
    .option('--url <url>', 'ask for this path of each VIP, or this very URL')
    .option('--parallel <number>', 'clusters at a time (default 1)', wholeNumber(1, 1000))
    .option('--report <file>', 'write a page with timelines')
    .option('--junit <file>', 'write JUnit XML')
    .option('--force', 'drill in spite of what lint says the inventory means')
    .option('--yes', 'do not ask; required without a terminal')
    .action(async (file, options) => done(await (await import('./drill.ts')).drill(file, options, io)));
  program
    .command('trust')
    .description('show the host keys that are not known yet, and add them after one question')
    .argument('<inventory>', 'the YAML file')
    .option('--yes', 'do not ask; required without a terminal')
    .action(async (file, options) => done(await (await import('./trust.ts')).trust(file, options, io)));
  program
    .command('lint')
    .description('tell all that can be known without a host')
    .argument('<inventory>', 'the YAML file')
    .action(async (file, options) => done(await (await import('./lint.ts')).lint(file, options, io)));
  program
    .command('doctor')
    .description('find what is wrong on the hosts, why, and what mends it; nothing is touched without --fix')
    .argument('<inventory>', 'the YAML file')
    .option('--fix', 'mend by an ordinary apply what it mends, in just those clusters')
    .option('--yes', 'with --fix: do not ask before the changes')
    .action(async (file, options) => done(await (await import('./doctor.ts')).doctor(file, options, io)));
  program
    .command('logs')
    .description('the journals of keepalived, the service and haprov-notify on all hosts, merged in time order')
    .argument('<inventory>', 'the YAML file')
    .option('-f, --follow', 'go on with what is written from now on')
    .option('--since <time>', '10m, 2h, 1d, yesterday, 2026-11-22, "2026-11-22 10:00" …', '1h')
    .option('--grep <pattern>', 'only messages that match this regular expression')
    .action(async (file, options) => done(await (await import('./logs.ts')).logs(file, options, io)));
  program
    .command('schema')
    .description('print the JSON Schema of inventories, for editors')
    .action(async () => done(await (await import('./schema.ts')).schema(io)));
  program
    .command('init')
    .description('write a commented inventory, from flags or a few questions')
    .argument('[hosts...]', 'hosts as NAME=ADDRESS or ADDRESS')
    .option('--vip <address/prefix>', 'the virtual IP')
    .option('--service <service>', SERVICE_CHOICE)
    .option('--interface <name>', 'the interface that carries the VIP')
    .option('--user <name>', 'the user to connect as')
    .option('--vrid <number>', 'virtual_router_id, 1 to 255; default: from the VIP', wholeNumber(1, 255))
    .option('--jump <hops>', '[USER@]HOST[:PORT][,...] on the way to the hosts')
    .option('--output <file>', 'where to write', 'inventory.yaml')
    .option('--force', 'replace a file that is there')
    .action(async (hosts, options) => done(await (await import('./init.ts')).init(hosts, options, io)));
  for (const command of program.commands) {
    const name = command.name();
    command.option('--no-color', 'no colours').option('--verbose', 'shorten nothing');
    if (name === 'lint') command.option('--json', 'machine-readable output');
    if (['plan', 'apply', 'status', 'rollback', 'remove'].includes(name)) addTargetOptions(command);
    if (name === 'plan' || name === 'apply') addPlanOptions(command);
    if (name === 'rollback' || name === 'remove') {
      command.option('--detailed-exitcode', 'exit with 2 when changes are pending');
    }
    if (['apply', 'rollback', 'remove'].includes(name)) addRollOutOptions(command);
    if (name === 'trust') addConnectionOptions(command);
    if (['doctor', 'logs', 'drill'].includes(name)) addTargetOptions(command);
    if (name === 'switchover' || name === 'maintenance') addMoveOptions(command);
  }
  return program;
}

/** Options of the commands that ask hosts. */
function addTargetOptions(command: Command): void {
  addConnectionOptions(command);
  command.option('--ask-become-password', 'ask for the sudo password');
}

/** Options of all commands that connect to what --limit leaves of an inventory. */
function addConnectionOptions(command: Command): void {
  command.option('--limit <names>', 'only these clusters or hosts, separated by commas');
  addReachOptions(command);
}

/** Options of all commands that connect. */
function addReachOptions(command: Command): void {
  command
    .option('--jump <hops>', '[USER@]HOST[:PORT][,...] on the way to every host')
    .option('--forks <number>', 'hosts at a time', wholeNumber(1, 1000))
    .option('--ask-password', 'ask for the SSH password')
    .option('--json', 'machine-readable output');
  // A drill asks the VIPs from a host by that word.
  if (command.name() === 'drill') return;
  command.option('--from <host>', 'open the connections on this jump host, [USER@]HOST[:PORT], which has Node');
}

/** Options of the commands that move the VIPs of one cluster. */
function addMoveOptions(command: Command): void {
  addReachOptions(command);
  command
    .option('--ask-become-password', 'ask for the sudo password')
    .option('-i, --inventory <file>', 'the YAML file (default inventory.yaml)')
    .option('--dry-run', 'show what would be done, and change nothing')
    .option('--yes', 'do not ask; required without a terminal')
    .option('--lock-timeout <seconds>', 'wait so long for another run (default 600)', wholeNumber(0, 86_400));
}

/** Options of the commands that make a plan. */
function addPlanOptions(command: Command): void {
  command
    .option('--tags <tags>', 'only tasks with one of these tags')
    .option('--detailed-exitcode', 'exit with 2 when changes are pending');
}

/** Options of the commands that change hosts. */
function addRollOutOptions(command: Command): void {
  command
    .option(
      '--canary <number>',
      'finish so many clusters first; one that fails stops the rest',
      wholeNumber(1, 100_000),
    )
    .option('--max-failures <number>', 'begin no further cluster once more than so many, or P% of them, have failed')
    .option('--confirm', 'ask before each wave')
    .option('--lock-timeout <seconds>', 'wait so long for another run (default 600)', wholeNumber(0, 86_400))
    .option('--force-unlock', "take another run's lock away: only when you know that it is dead");
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max)
      throw new InvalidArgumentError(`must be a whole number from ${min} to ${max}`);
    return value;
  };
}
