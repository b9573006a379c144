import { LabError } from './errors.ts';
import { type ProcessOptions, type ProcessResult, run } from './process.ts';

/** Runs one docker command to its end; the result tells success from failure. */
export function tryDocker(args: readonly string[], options: ProcessOptions = {}): Promise<ProcessResult> {
  return run(['docker', ...args], options);
}

/** Runs one docker command and gives what it printed. Throws a LabError when it fails. */
export async function docker(args: readonly string[], options: ProcessOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await tryDocker(args, options);
  if (code !== 0) {
    const cause = stderr.trim().split('\n').at(-1) ?? '';
    throw new LabError(cause === '' ? `docker ${args[0] ?? ''} failed` : cause, {
      action: `docker ${args.slice(0, 2).join(' ')}`,
      evidence: `docker ${args.join(' ')}\n${stdout}${stderr}`,
    });
  }
  return stdout.trim();
}
