import { type Browser, chromium } from 'playwright-core';
import { LabUnavailable } from '../../docker/errors.ts';
import { installDebianPackages } from '../../docker/install.ts';
import { run } from '../../docker/process.ts';

const PROGRAMS = 'command -v chromium || command -v chromium-browser || command -v google-chrome';

/** Chromium on this machine, or why there is none. */
export interface FoundChromium {
  readonly program: string;
  /** null where there is one. */
  readonly leftOut: string | null;
}

/**
 * Finds Chromium, and installs Debian's where it is missing. Where that cannot be done its tests are left out, which is
 * told; with HAPROV_LAB=required that is an error, with HAPROV_LAB=off nothing is installed.
 */
export async function findChromium(): Promise<FoundChromium> {
  const wish = process.env['HAPROV_LAB'];
  try {
    const program = (await lookUp()) ?? (wish === 'off' ? undefined : await install());
    if (program !== undefined) return { program, leftOut: null };
    return leaveOut('there is no Chromium here, and HAPROV_LAB=off installs none');
  } catch (error) {
    if (!(error instanceof LabUnavailable) || wish === 'required') throw error;
    return leaveOut(error.message);
  }
}

/** Starts it without a window. Root's Chromium has no sandbox; it opens nothing but our own pages. */
export function startChromium({ program }: FoundChromium): Promise<Browser> {
  return chromium.launch({ executablePath: program, chromiumSandbox: false });
}

async function lookUp(): Promise<string | undefined> {
  const { code, stdout } = await run(['sh', '-c', PROGRAMS]);
  return code === 0 ? stdout.trim().split('\n')[0] : undefined;
}

async function install(): Promise<string | undefined> {
  await installDebianPackages(['chromium'], () => undefined);
  return lookUp();
}

function leaveOut(reason: string): FoundChromium {
  process.stdout.write(`CHROMIUM left out: ${reason}\n`);
  return { program: '', leftOut: reason };
}
