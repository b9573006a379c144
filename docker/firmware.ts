import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { docker } from './docker.ts';
import type { HostKeys } from './keys.ts';
import { jumpSource, type LabHost, type Topology } from './topology.ts';

/** Where the lab keeps its own files on a host. */
export const LAB_HOME = 'usr/lib/haprov-lab';

/** What a host's container has to have before its first start. */
export interface Firmware {
  /** Lines for the host's own resolv.conf; undefined leaves Docker's. */
  readonly resolver: string | undefined;
  /** Host keys to keep; undefined lets the host make its own. */
  readonly hostKeys: HostKeys | undefined;
  /** Lines for sshd, first in its configuration. */
  readonly sshd: readonly string[];
}

/** The lines sshd gets besides the stock ones. */
export function sshdLines(topology: Topology, host: LabHost): string[] {
  const source = jumpSource(topology, host);
  const logins = [...Object.keys(topology.users), 'root'];
  return [
    ...(source === undefined ? [] : [`AllowUsers ${logins.map((login) => `${login}@${source}`).join(' ')}`]),
    ...(host.sshd ?? []),
  ];
}

/** Copies files into a container that was created and not started. `staging` is a scratch directory of ours. */
export async function install(container: string, firmware: Firmware, staging: string): Promise<void> {
  const files = new Map<string, { content: string; mode: number }>();
  if (firmware.resolver !== undefined) {
    files.set(`${LAB_HOME}/resolv.conf`, { content: firmware.resolver, mode: 0o644 });
  }
  if (firmware.sshd.length > 0) {
    files.set('etc/ssh/sshd_config.d/10-lab.conf', { content: `${firmware.sshd.join('\n')}\n`, mode: 0o644 });
  }
  for (const [file, content] of firmware.hostKeys ?? []) {
    files.set(`etc/ssh/${file}`, { content, mode: file.endsWith('.pub') ? 0o644 : 0o600 });
  }
  if (files.size === 0) return;
  await rm(staging, { recursive: true, force: true });
  for (const [file, { content, mode }] of files) {
    await mkdir(join(staging, file, '..'), { recursive: true, mode: 0o755 });
    await writeFile(join(staging, file), content, { mode });
  }
  try {
    await docker(['cp', `${staging}/.`, `${container}:/`]);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
