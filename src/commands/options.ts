import { type Command, InvalidArgumentError, Option } from 'commander';
import { DIFF_CHOICES } from '../ui/plan/diff-lines.ts';

/** Options of the commands that ask hosts. */
export function addTargetOptions(command: Command): void {
  addConnectionOptions(command);
  command.option('--ask-become-password', 'ask for the sudo password');
}

/** Options of all commands that connect to what --limit leaves of an inventory. */
export function addConnectionOptions(command: Command): void {
  command.option(
    '-l, --limit <names>',
    'only these clusters or hosts, separated by commas; * and ? as in a shell, ! leaves out',
  );
  addReachOptions(command);
}

/** Options of all commands that connect. */
export function addReachOptions(command: Command): void {
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
export function addMoveOptions(command: Command): void {
  addReachOptions(command);
  command
    .option('--ask-become-password', 'ask for the sudo password')
    .option('-i, --inventory <file>', 'the YAML file (default inventory.yaml)')
    .option('--dry-run', 'show what would be done, and change nothing')
    .option('-y, --yes', 'do not ask; required without a terminal')
    .option('--lock-timeout <seconds>', 'wait so long for another run (default 600)', wholeNumber(0, 86_400));
}

/** Options of the commands that make a plan. */
export function addPlanOptions(command: Command): void {
  command
    .option('--tags <tags>', 'only tasks with one of these tags')
    .option('--detailed-exitcode', 'exit with 2 when changes are pending');
}

/** Options of the commands that change hosts. */
export function addRollOutOptions(command: Command): void {
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

export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max)
      throw new InvalidArgumentError(`must be a whole number from ${min} to ${max}`);
    return value;
  };
}

/** How much of plans is shown. */
export function addDiffOption(command: Command): void {
  const meaning = "texts of files: changed (default: not those of haprov's own files), full or none";
  command.addOption(new Option('--diff <which>', meaning).choices(DIFF_CHOICES));
}
