import { cpus, release, totalmem } from 'node:os';
import { run } from '../docker/process.ts';

/** The machine and the versions, as the results file keeps them; no name, no path. */
export async function describeMachine(): Promise<Readonly<Record<string, string>>> {
  const ssh = await run(['ssh', '-V']);
  const ansible = await run(['ansible', '--version']);
  return {
    cpu: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: release(),
    node: process.version,
    openssh: ssh.stderr.trim(),
    ansible: ansible.code === 0 ? (ansible.stdout.split('\n')[0] ?? '') : 'not installed',
  };
}
