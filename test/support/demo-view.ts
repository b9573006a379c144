/**
 * Plays a made-up apply through a view, to look at it: `npx tsx test/support/demo-view.ts [KIND] [HOSTS] [SPEED]`, with
 * KIND terminal, plain or json. Prints to stderr the processor time that the view took.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createApplyView } from '../../src/ui/apply/apply-view.ts';
import { recordedRun } from './recorded-run.ts';

const [kind = 'terminal', hosts = '200', speed = '1'] = process.argv.slice(2);
if (kind !== 'terminal' && kind !== 'plain' && kind !== 'json') throw new Error(`no such view: ${kind}`);

const factor = Number(speed);
const start = performance.now();
const view = await createApplyView(kind, {
  out: process.stdout,
  inventoryPath: 'prod.yaml',
  verbose: false,
  colour: process.stdout.isTTY === true,
  now: () => (performance.now() - start) * factor,
});
process.once('SIGINT', () => {
  view.close();
  process.exit(130);
});
const before = process.cpuUsage();
for (const { at, event } of recordedRun(Number(hosts))) {
  const wait = at / factor - (performance.now() - start);
  if (wait > 1) await sleep(wait);
  view.emit(event);
}
view.close();
const { user, system } = process.cpuUsage(before);
process.stderr.write(`${((user + system) / 1e6).toFixed(2)} s of processor time\n`);
