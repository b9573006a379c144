import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tryDocker } from './docker.ts';

/** The control group of all hosts of all labs. */
const GROUP = 'haprov-lab';
/** Where control groups are, by the kernel's version of them, and the file with a group's share of the processors. */
const TREES = [
  { tree: '/sys/fs/cgroup/cpu', file: 'cpu.shares', most: '262144' },
  { tree: '/sys/fs/cgroup', file: 'cpu.weight', most: '10000' },
] as const;

/**
 * Gives the hosts of labs precedence over everything else on this machine: a host is a machine of its own, and what its
 * administrator's machine does takes no processor away from it. Gives docker's arguments for it; none where this machine
 * is set up otherwise, whose hosts then wait as everybody does.
 */
export async function precedence(): Promise<readonly string[]> {
  const { stdout } = await tryDocker(['info', '--format', '{{.CgroupDriver}}']);
  const found = TREES.find(({ tree }) => existsSync(join(tree, 'cgroup.procs')));
  if (stdout.trim() !== 'cgroupfs' || found === undefined) return [];
  try {
    mkdirSync(join(found.tree, GROUP), { recursive: true });
    writeFileSync(join(found.tree, GROUP, found.file), found.most);
  } catch {
    return [];
  }
  return ['--cgroup-parent', `/${GROUP}`];
}

/** Gives a process of this machine the same, where that can be done: one that stands for a machine of its own. */
export function givePrecedence(pid: number | undefined): void {
  try {
    writeFileSync(join(TREES[0].tree, GROUP, 'cgroup.procs'), String(pid));
  } catch {
    // The second version of control groups lets no process into a group of groups.
  }
}
