import { existsSync } from 'node:fs';
import { LabUnavailable } from '../../docker/errors.ts';
import { installDebianPackages } from '../../docker/install.ts';

/** Before the unit tests: brings busybox, one of the shells that the host program is tried under, where it is missing. */
export default async function setup(): Promise<void> {
  if (existsSync('/bin/busybox') || process.env['HAPROV_LAB'] === 'off') return;
  try {
    await installDebianPackages(['busybox'], () => undefined);
  } catch (error) {
    if (!(error instanceof LabUnavailable) || process.env['HAPROV_LAB'] === 'required') throw error;
    process.stdout.write(`BUSYBOX left out: ${error.message}\n`);
  }
}
