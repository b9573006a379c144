import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { labDown } from '../../docker/down.ts';
import { ensureEngine } from '../../docker/engine.ts';
import { LabUnavailable } from '../../docker/errors.ts';
import { ALL_IMAGES, ensureImages } from '../../docker/images.ts';
import { withLock } from '../../docker/lock.ts';
import { LAB_ROOT } from '../../docker/paths.ts';
import { run } from '../../docker/process.ts';
import { LABS, SLOT } from './lab-place.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Why there is no lab; null when it stands. */
    readonly labLeftOut: string | null;
  }
}

/**
 * Builds haprov and makes the lab's images before the first test of the project; each file raises the hosts that it needs.
 * Where no lab can run the tests are left out, which is told; with HAPROV_LAB=required that is a failure.
 * HAPROV_KEEP_LAB=1 leaves the hosts of the last files standing.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await build();
  if (process.env['HAPROV_LAB'] === 'off') return leaveOut(project, 'HAPROV_LAB=off');
  const release = await takeTurn();
  try {
    await ensureEngine(say);
    await ensureImages(ALL_IMAGES, say);
    project.provide('labLeftOut', null);
    return async () => {
      try {
        if (process.env['HAPROV_KEEP_LAB'] !== '1') await Promise.all(LABS.map(labDown));
      } finally {
        release();
      }
    };
  } catch (error) {
    release();
    if (!(error instanceof LabUnavailable) || process.env['HAPROV_LAB'] === 'required') throw error;
    return leaveOut(project, error.message);
  }
}

async function leaveOut(project: TestProject, reason: string): Promise<() => Promise<void>> {
  say(`LAB left out: ${reason}`);
  await mkdir(LAB_ROOT, { recursive: true });
  await writeFile(join(LAB_ROOT, 'left-out.txt'), `${reason}\n`);
  project.provide('labLeftOut', reason);
  return async () => undefined;
}

/**
 * One run in a slot at a time on this machine, other clones included: they share the lab's name and addresses. The projects
 * of one run share its turn, and have no module in common that could tell.
 */
function takeTurn(): Promise<() => void> {
  const own = String(process.pid);
  if (process.env['HAPROV_LAB_TURN'] === own) return Promise.resolve(() => undefined);
  process.env['HAPROV_LAB_TURN'] = own;
  return new Promise((resolve) => {
    void withLock(`tests ${SLOT}`, () => new Promise<void>((end) => resolve(end)));
  });
}

/** dist/ as `npm test` makes it, for those who call vitest by hand. */
async function build(): Promise<void> {
  const { code, stdout, stderr } = await run([process.execPath, join(LAB_ROOT, '../scripts/install.mjs')]);
  if (code !== 0) throw new Error(`haprov could not be built:\n${stdout}${stderr}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
