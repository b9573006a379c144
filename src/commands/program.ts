import { Command, CommanderError, Option } from 'commander';
import { SERVICE_CHOICE } from '../checks/services.ts';
import { UsageError } from '../errors.ts';
import { renderError } from '../ui/terminal/error-view.ts';
import { guardedStream } from '../ui/terminal/guarded.ts';
import { inventoryFile, takeDefaults } from './defaults.ts';
import { EXIT, type ExitCode, type Io, type Redact, styleFor } from './io.ts';
import {
  addConnectionOptions,
  addDiffOption,
  addMoveOptions,
  addPlanOptions,
  addReachOptions,
  addRollOutOptions,
  addTargetOptions,
  wholeNumber,
} from './options.ts';
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

const INVENTORY = 'the YAML file (default: HAPROV_INVENTORY, the configuration, inventory.yaml)';

function buildProgram(io: Io, done: (code: ExitCode) => void): Command {
  const program = new Command('haprov')
    .description('Makes a virtual IP highly available on real Linux hosts, from one YAML file, over SSH alone.')
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out.write(text), writeErr: (text) => io.err.write(text) })
    .showHelpAfterError('(haprov --help lists the commands, haprov COMMAND --help their options)');
  program
    .command('apply')
    .description('Plan the changes, show them, ask, apply them in waves, and verify')
    .argument('[inventory]', INVENTORY)
    .option('--dry-run', 'Show the plan and change nothing; the same as plan')
    .option('-y, --yes', 'Do not ask; required without a terminal')
    .option('--plan <file>', 'Apply exactly this saved plan; refuse it if anything differs by now')
    .addOption(
      new Option('--rerun <which>', 'Apply only to the clusters that did not end well in the last run').choices([
        'failed',
      ]),
    )
    .addOption(new Option('--out <file>').hideHelp())
    .action(async (file, options) =>
      done(await (await import('./apply.ts')).apply(await inventoryFile(file, io), options, io)),
    );
  program
    .command('plan')
    .description('Show what apply would change. Changes nothing')
    .argument('[inventory]', INVENTORY)
    .option('--out <file>', 'Save the plan, for apply --plan')
    .action(async (file, options) =>
      done(await (await import('./plan.ts')).plan(await inventoryFile(file, io), options, io)),
    );
  program
    .command('rollback')
    .description('List what the last runs changed, and roll one of them back')
    .argument('[inventory]', INVENTORY)
    .option('--undo <run>', 'Roll back this run, or `last`')
    .option('--dry-run', 'With --undo: show the plan and change nothing')
    .option('-y, --yes', 'Do not ask; required without a terminal')
    .action(async (file, options) =>
      done(await (await import('./rollback.ts')).rollback(await inventoryFile(file, io), options, io)),
    );
  program
    .command('remove')
    .description("Uninstall haprov's configuration. The VIPs go offline")
    .argument('[inventory]', INVENTORY)
    .option('--purge', 'Also remove the packages that haprov installed')
    .option('--dry-run', 'Show the plan and change nothing')
    .option('-y, --yes', 'Do not ask; required without a terminal')
    .action(async (file, options) =>
      done(await (await import('./remove.ts')).remove(await inventoryFile(file, io), options, io)),
    );
  program
    .command('status')
    .description('Show which host has each VIP, split brains, and VIPs without a MASTER')
    .argument('[inventory]', INVENTORY)
    .option('--watch', 'Refresh every 2 seconds until interrupted')
    .action(async (file, options) =>
      done(await (await import('./status.ts')).status(await inventoryFile(file, io), options, io)),
    );
  program
    .command('switchover')
    .description('Move the VIPs of a cluster to another host, and measure the downtime')
    .argument('<words...>', '[INVENTORY] CLUSTER')
    .usage('[options] [inventory] <cluster>')
    .option('--to <host>', 'Target host (default: the backup that would take over)')
    .action(async (words, options) => done(await (await import('./switchover.ts')).switchover(words, options, io)));
  program
    .command('maintenance')
    .description('Keep a host out of service through reloads, upgrades and reboots, or end that')
    .argument('<state>', 'on or off')
    .argument('<words...>', '[INVENTORY] HOST')
    .usage('[options] on|off [inventory] <host>')
    .option('--reason <text>', 'Reason, shown by status')
    .option('--force', 'Take the host out although no other host can take its VIPs')
    .action(async (state, words, options) =>
      done(await (await import('./maintenance.ts')).maintenance(state, words, options, io)),
    );
  program
    .command('drill')
    .description('Cause failures on purpose, measure the downtime against the prediction, restore, and report')
    .argument('[inventory]', INVENTORY)
    .option('--cluster <name>', 'Drill only this cluster')
    .option(
      '--scenario <names>',
      'Scenarios: service, keepalived, crash, isolate, flap, reboot (default: all but reboot)',
    )
    .option('--max-outage <time>', 'Longest downtime that passes: 800ms, 5s, 1m (default: 5s)')
    .option('--from <host>', 'Request the VIPs from this host of the inventory (default: this machine)')
    .option('--url <url>', 'Path to request from each VIP, or one URL')
    .option('--parallel <number>', 'Clusters at a time (default: 1)', wholeNumber(1, 1000))
    .option('--report <file>', 'Write an HTML report with timelines')
    .option('--junit <file>', 'Write JUnit XML')
    .option('--force', 'Drill despite errors that lint finds')
    .option('-y, --yes', 'Do not ask; required without a terminal')
    .action(async (file, options) =>
      done(await (await import('./drill.ts')).drill(await inventoryFile(file, io), options, io)),
    );
  program
    .command('trust')
    .description('Show host keys that are not known yet, and add them after one question')
    .argument('[inventory]', INVENTORY)
    .option('-y, --yes', 'Do not ask; required without a terminal')
    .action(async (file, options) =>
      done(await (await import('./trust.ts')).trust(await inventoryFile(file, io), options, io)),
    );
  program
    .command('lint')
    .description('Validate the inventory offline and simulate its failovers')
    .argument('[inventory]', INVENTORY)
    .action(async (file, options) =>
      done(await (await import('./lint.ts')).lint(await inventoryFile(file, io), options, io)),
    );
  program
    .command('doctor')
    .description('Find what is wrong on the hosts, its cause and its fix. Changes nothing without --fix')
    .argument('[inventory]', INVENTORY)
    .option('--fix', 'Fix what an ordinary apply fixes, in the affected clusters only')
    .option('-y, --yes', 'With --fix: do not ask before the changes')
    .option('--all', 'List checks that passed, too')
    .action(async (file, options) =>
      done(await (await import('./doctor.ts')).doctor(await inventoryFile(file, io), options, io)),
    );
  program
    .command('logs')
    .description('Show the journals of keepalived, the service and haprov-notify on all hosts, in time order')
    .argument('[inventory]', INVENTORY)
    .option('-f, --follow', 'Keep printing new messages')
    .option('--since <time>', 'Start: 10m, 2h, 1d, yesterday, 2026-11-22, "2026-11-22 10:00" …', '1h')
    .option('--grep <pattern>', 'Show only messages that match this regular expression')
    .action(async (file, options) =>
      done(await (await import('./logs.ts')).logs(await inventoryFile(file, io), options, io)),
    );
  program
    .command('explain')
    .description('Explain a key of the inventory, a rule of lint or a check of the doctor')
    .argument('<word>', 'priority, nopreempt-weight, HD022 …')
    .action(async (word, options) => done(await (await import('./explain.ts')).explain(word, options, io)));
  program
    .command('adopt')
    .description(
      'read hosts that run keepalived already, and write the inventory that keeps it all; nothing is touched',
    )
    .argument('<hosts...>', '[NAME=][USER@]ADDRESS[:PORT]')
    .option('--out <file>', 'where to write', 'inventory.yaml')
    .addOption(
      new Option('--secrets <form>', 'passwords into files of mode 0600, or as names of variables')
        .choices(['file', 'env'])
        .default('file'),
    )
    .option('--user <name>', 'the user to connect as')
    .option('--identity-file <file>', 'the private key')
    .option('--known-hosts <file>', 'where host keys are checked')
    .option('--no-become', 'the user is root: no sudo')
    .option('--force', 'replace files that are there')
    .action(async (hosts, options) => done(await (await import('./adopt.ts')).adopt(hosts, options, io)));
  program
    .command('schema')
    .description('Print the JSON Schema of inventories, for editors')
    .action(async () => done(await (await import('./schema.ts')).schema(io)));
  program
    .command('init')
    .description('Write a commented inventory, from options or a few questions')
    .argument('[hosts...]', 'hosts as NAME=ADDRESS or ADDRESS')
    .option('--vip <address/prefix>', 'Virtual IP address')
    .option('--service <service>', SERVICE_CHOICE)
    .option('--interface <name>', 'Interface that carries the VIP')
    .option('--user <name>', 'User to connect as')
    .option('--vrid <number>', 'virtual_router_id, 1 to 255 (default: from the VIP)', wholeNumber(1, 255))
    .option('--jump <hops>', '[USER@]HOST[:PORT][,...] on the way to the hosts')
    .option('--output <file>', 'File to write', 'inventory.yaml')
    .option('--force', 'Replace an existing file')
    .action(async (hosts, options) => done(await (await import('./init.ts')).init(hosts, options, io)));
  program
    .command('completion')
    .description('Print the completion script of a shell')
    .argument('<shell>', 'bash, zsh or fish; names: the clusters and hosts of the inventory')
    .argument('[inventory]', INVENTORY)
    .action(async (shell, file) => done(await (await import('./completion.ts')).completion(shell, file, program, io)));
  program.hook('preAction', (_, command) => takeDefaults(command, io));
  for (const command of program.commands) {
    const name = command.name();
    command
      .option('--no-color', 'Print without colours')
      .option('-v, --verbose', 'Show full diffs and command output')
      .option('-q, --quiet', 'Show only failures and results');
    if (name === 'lint' || name === 'explain') command.option('--json', 'Print JSON');
    if (['plan', 'apply', 'status', 'rollback', 'remove'].includes(name)) addTargetOptions(command);
    if (name === 'plan' || name === 'apply') addPlanOptions(command);
    if (['plan', 'apply', 'rollback', 'remove'].includes(name)) {
      addDiffOption(command);
    }
    if (name === 'rollback' || name === 'remove') {
      command.option('--detailed-exitcode', 'Exit with 2 when changes are pending');
    }
    if (['apply', 'rollback', 'remove'].includes(name)) addRollOutOptions(command);
    if (name === 'trust') addConnectionOptions(command);
    if (name === 'adopt') {
      addReachOptions(command);
      command.option('--ask-become-password', 'ask for the sudo password');
    }
    if (['doctor', 'logs', 'drill'].includes(name)) addTargetOptions(command);
    if (name === 'switchover' || name === 'maintenance') addMoveOptions(command);
  }
  return program;
}
