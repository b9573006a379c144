import { describe, inject } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import { labUp } from '../../docker/up.ts';
import { FULL } from './full.ts';
import { topologyOf } from './lab-topology.ts';

const leftOut = inject('labLeftOut');

/** The tests of a file that need the lab; left out as a whole where there is none, which lab-setup.ts has told. */
export const describeOnLab = describe.skipIf(leftOut !== null);

/** The same for what takes minutes on hosts: with `npm run test:full` alone. */
export const describeOnLabInFull = describe.skipIf(leftOut !== null || !FULL);

/** New hosts for one file of tests, and no others in its lane. `blank`: without packages, for tests that are about installing. */
export function testLab(hosts: readonly string[], { blank = false } = {}): Promise<Lab> {
  return labUp(topologyOf({ hosts, blank }), { anew: true });
}

/** Runs a script as root and gives what it printed; throws when it fails. */
export async function must(lab: Lab, host: string, script: string): Promise<string> {
  const { code, stdout, stderr } = await lab.exec(host, script);
  if (code !== 0) throw new Error(`${host}: exit status ${code} of ${script}\n${stdout}${stderr}`);
  return stdout;
}
