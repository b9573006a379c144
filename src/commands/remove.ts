import type { ExitCode, Io } from './io.ts';
import type { RollOutOptions } from './roll-out.ts';

export interface RemoveOptions extends RollOutOptions {
  readonly dryRun?: boolean;
  readonly purge?: boolean;
}

/** `haprov remove`: takes back all that haprov wrote. */
export async function remove(_file: string, _options: RemoveOptions, _io: Io): Promise<ExitCode> {
  throw new Error('not yet');
}
