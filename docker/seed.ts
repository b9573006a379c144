import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { docker } from './docker.ts';
import { LabError } from './errors.ts';
import { execIn } from './exec.ts';
import type { HostKeys } from './keys.ts';
import { jumpSource, type LabHost, type LabUser, type Topology } from './topology.ts';

const STAGING_HOME = 'usr/lib/haprov-lab';
/** In the container: stands when the host is seeded. */
const SEEDED = `/${STAGING_HOME}/seeded`;

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
    files.set(`${STAGING_HOME}/resolv.conf`, { content: firmware.resolver, mode: 0o644 });
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

/** Waits until systemd says that the host has booted, and for its users. Throws a LabError when units failed. */
export async function awaitBoot(host: string, container: string): Promise<void> {
  const script = `
for attempt in $(seq 1 600); do
  state=$(systemctl is-system-running 2>/dev/null)
  case $state in running) [ -e /run/nologin ] || exit 0 ;; degraded|maintenance|stopping) break ;; esac
  sleep 0.1
done
echo "systemd says: \${state:-nothing}"; systemctl --failed --no-legend --plain; exit 1`;
  const result = await execIn(container, script);
  if (result.code !== 0) {
    throw new LabError(`it did not boot: ${result.stdout.trim().split('\n').join('; ')}`, {
      host,
      action: 'boot',
      evidence: result.stdout + result.stderr,
    });
  }
}

/** Whether `seed` has been through. */
export async function isSeeded(container: string): Promise<boolean> {
  return (await execIn(container, `test -e ${SEEDED}`)).code === 0;
}

/** Makes the users of a booted host, with their passwords, sudo rights and the lab's key; root gets the key too. */
export async function seed(
  host: string,
  container: string,
  users: Readonly<Record<string, LabUser>>,
  publicKey: string,
): Promise<void> {
  const result = await execIn(container, seedScript(users, publicKey));
  if (result.code !== 0) {
    throw new LabError('its users could not be made', { host, action: 'seed', evidence: result.stderr });
  }
}

/** Names and passwords come from a checked topology; the script quotes them all the same. */
export function seedScript(users: Readonly<Record<string, LabUser>>, publicKey: string): string {
  const names = Object.keys(users).map(quote);
  const passwords = Object.entries(users).map(([name, { password }]) => quote(`${name}:${password}`));
  const rules = Object.entries(users).flatMap(([name, { sudo }]) =>
    sudo === 'none' ? [] : [`${name} ALL=(ALL:ALL) ${sudo === 'nopasswd' ? 'NOPASSWD: ' : ''}ALL`],
  );
  return `set -eu
for user in ${names.join(' ')}; do
  id "$user" >/dev/null 2>&1 || useradd --create-home --shell /bin/bash "$user"
done
printf '%s\\n' ${passwords.join(' ')} | chpasswd
umask 077
printf '%s\\n' ${rules.map(quote).join(' ')} >/etc/sudoers.d/lab
chmod 440 /etc/sudoers.d/lab
for user in root ${names.join(' ')}; do
  home=$(getent passwd "$user" | cut -d: -f6)
  mkdir -p "$home/.ssh"
  printf '%s\\n' ${quote(publicKey)} >"$home/.ssh/authorized_keys"
  chown -R "$user:" "$home/.ssh"
done
mkdir -p /${STAGING_HOME}
: >${SEEDED}`;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
