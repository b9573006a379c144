import { type Command, InvalidArgumentError, Option } from 'commander';
import { DIFF_CHOICES } from '../ui/plan/diff-lines.ts';

/** Options of the commands that ask hosts. */
export function addTargetOptions(command: Command): void {
  addConnectionOptions(command);
  command.option('--ask-become-password', 'Ask for the sudo password');
}

/** Options of all commands that connect to what --limit leaves of an inventory. */
export function addConnectionOptions(command: Command): void {
  command.option('-l, --limit <names>', 'Only these clusters or hosts, separated by commas; * and ? match, ! excludes');
  addReachOptions(command);
}

/** Options of all commands that connect. */
export function addReachOptions(command: Command): void {
  command
    .option('--jump <hops>', 'Jump hosts on the way to every host: [USER@]HOST[:PORT][,...]')
    .option('--forks <number>', 'Hosts at a time (default: 50)', wholeNumber(1, 1000))
    .option('--ask-password', 'Ask for the SSH password')
    .option('--json', 'Print JSON');
  // A drill asks the VIPs from a host by that word.
  if (command.name() === 'drill') return;
  command.option('--from <host>', 'Jump host with Node that opens the connections: [USER@]HOST[:PORT]');
}

/** Options of the commands that move the VIPs of one cluster. */
export function addMoveOptions(command: Command): void {
  addReachOptions(command);
  command
    .option('--ask-become-password', 'Ask for the sudo password')
    .option('-i, --inventory <file>', 'The YAML file (default: HAPROV_INVENTORY, or inventory.yaml)')
    .option('--dry-run', 'Show the plan and change nothing')
    .option('-y, --yes', 'Do not ask; required without a terminal')
    .option('--lock-timeout <seconds>', 'Seconds to wait for another run (default: 600)', wholeNumber(0, 86_400));
}

/** Options of the commands that make a plan. */
export function addPlanOptions(command: Command): void {
  command
    .option('--tags <tags>', 'Only tasks with one of these tags')
    .option('--detailed-exitcode', 'Exit with 2 when changes are pending');
}

/** Options of the commands that change hosts. */
export function addRollOutOptions(command: Command): void {
  command
    .option('--canary <number>', 'Finish N clusters first; a failure there stops the rest', wholeNumber(1, 100_000))
    .option('--max-failures <number>', 'Stop after more than N clusters (or N%) have failed')
    .option('--confirm', 'Ask before each wave')
    .option('--lock-timeout <seconds>', 'Seconds to wait for another run (default: 600)', wholeNumber(0, 86_400))
    .option('--force-unlock', "Take over another run's lock: only when you know that it is dead");
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
  const meaning = "Texts of files to show: changed (default; without haprov's own files), full or none";
  command.addOption(new Option('--diff <which>', meaning).choices(DIFF_CHOICES));
}
