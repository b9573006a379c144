import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../docker/process.ts';
import type { Contender } from '../contenders.ts';
import type { Fleet } from '../fleet.ts';

/** ansible-playbook on the peers' playbook; with Mitogen where its strategies' directory is given. */
export function ansible(options: {
  readonly name: string;
  /** Where ansible.cfg and playbook.yaml are. */
  readonly directory: string;
  readonly strategies: string | undefined;
}): Contender {
  const { name, directory, strategies } = options;
  const mitogen: Record<string, string> =
    strategies === undefined ? {} : { ANSIBLE_STRATEGY_PLUGINS: strategies, ANSIBLE_STRATEGY: 'mitogen_linear' };
  return {
    name,
    does: 'the same tasks, forks 50',
    slow: true,
    invoke: (fleet) => ({
      argv: ['ansible-playbook', '-i', fleet.ansibleInventory, join(directory, 'playbook.yaml')],
      env: {
        ANSIBLE_CONFIG: join(directory, 'ansible.cfg'),
        ANSIBLE_SSH_CONTROL_PATH_DIR: controlDirectory(fleet),
        ANSIBLE_LOCAL_TEMP: join(fleet.scratch, 'ansible'),
        LC_ALL: 'C.UTF-8',
        ...mitogen,
      },
    }),
    fault: ({ code, stdout, stderr }, fleet) => {
      if (code !== 0) return `exit ${code}: ${/^fatal: .*/m.exec(stdout)?.[0] ?? stderr.trim().slice(-400)}`;
      const converged = stdout.match(/: ok=\d+ +changed=0 +unreachable=0 +failed=0/g)?.length ?? 0;
      return converged === fleet.hosts.length
        ? undefined
        : `${converged} of ${fleet.hosts.length} hosts were converged`;
    },
    after: endConnections,
  };
}

/** A control socket's path may have 108 bytes at most, so not in the lab's directory. */
function controlDirectory(fleet: Fleet): string {
  return `/tmp/haprov-bench-${fleet.hosts.length}`;
}

/** Ansible leaves its connections open for the next run, which would then not be like the first. */
async function endConnections(fleet: Fleet): Promise<void> {
  const directory = controlDirectory(fleet);
  const sockets = await readdir(directory).catch(() => []);
  await Promise.all(sockets.map((socket) => run(['ssh', '-S', join(directory, socket), '-O', 'exit', 'peer'])));
  await rm(directory, { recursive: true, force: true });
}
