import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { HaprovError } from '../src/errors.ts';
import { labDown } from './down.ts';
import { ensureEngine } from './engine.ts';
import { ALL_IMAGES, ensureImages } from './images.ts';
import { loadTopology } from './load-topology.ts';
import { labDirectory } from './paths.ts';
import { labStatus, renderStatus } from './status.ts';
import { labUp } from './up.ts';

const USAGE = `usage: npm run lab -- up | down | status | images [--name NAME] [--topology demo | bench:COUNT | FILE]`;

const started = Date.now();
const print = (text: string) => process.stdout.write(`${text}\n`);
const complain = (text: string) => process.stderr.write(`${text}\n`);
const say = (line: string) => print(`[${((Date.now() - started) / 1000).toFixed(1).padStart(5)} s] ${line}`);

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { name: { type: 'string' }, topology: { type: 'string', default: 'demo' } },
    allowPositionals: true,
  });
  const [verb, ...rest] = positionals;
  if (rest.length > 0) {
    complain(USAGE);
    return 3;
  }
  const loaded = await loadTopology(values.topology);
  const topology = { ...loaded, name: values.name ?? loaded.name };
  switch (verb) {
    case 'up': {
      const lab = await labUp(topology, { report: say });
      print(renderStatus(await labStatus(topology)));
      print(`\nlogin: ssh -F ${join(lab.dir, 'ssh_config')} HOST\ninventory: ${join(lab.dir, 'inventory.yaml')}`);
      return 0;
    }
    case 'down':
      await ensureEngine(say);
      say(`removed ${await labDown(topology.name)} hosts of lab ${topology.name}`);
      return 0;
    case 'status':
      await ensureEngine(say);
      print(renderStatus(await labStatus(await standingTopology(topology.name).catch(() => topology))));
      return 0;
    case 'images':
      await ensureEngine(say);
      await ensureImages(ALL_IMAGES, say);
      return 0;
    default:
      complain(USAGE);
      return 3;
  }
}

/** The topology a lab was made with. */
async function standingTopology(name: string) {
  return loadTopology(join(labDirectory(name), 'topology.json'));
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof HaprovError)) throw error;
  const { host, next, evidence } = error.facts;
  complain(`${error.name}: ${host === undefined ? '' : `${host}: `}${error.message}`);
  if (next !== undefined) complain(next);
  if (evidence !== undefined && process.env['LAB_VERBOSE'] !== undefined) complain(evidence);
  process.exitCode = 1;
}
