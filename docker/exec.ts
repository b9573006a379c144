import { tryDocker } from './docker.ts';
import { LabError } from './errors.ts';

/** How a script on a lab host ended. */
export interface ExecResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ExecOptions {
  /** The user it runs as; root by default. */
  readonly user?: string;
  readonly input?: string;
  /** Milliseconds. */
  readonly timeout?: number;
}

/**
 * Runs a POSIX sh script in a container, past ssh and sudo: the lab's own view of a host. A script's failure is a
 * result; throws a LabError when there was no host to run it on.
 */
export async function execIn(container: string, script: string, options: ExecOptions = {}): Promise<ExecResult> {
  const { user = 'root', ...rest } = options;
  const args = ['exec', '--interactive', '--user', user, container, 'sh', '-c', script];
  const { code, stdout, stderr } = await tryDocker(args, rest);
  if (code === null) throw new LabError(`no answer from ${container}`, { action: 'docker exec', evidence: stderr });
  if (code !== 0 && /^Error(:| response)/m.test(stderr) && /container/i.test(stderr)) {
    throw new LabError(stderr.trim(), { action: `run a script in ${container}` });
  }
  return { code, stdout, stderr };
}
