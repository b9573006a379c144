import { LabError } from './errors.ts';
import { execIn } from './exec.ts';
import { LAB_HOME } from './firmware.ts';
import { type HostKeys, PRINT_HOST_KEYS, parseHostKeys } from './keys.ts';
import type { LabUser } from './topology.ts';

/** Stands on a host that has its users. */
const SEEDED = `/${LAB_HOME}/seeded`;
const UNSETTLED = 97;

/** systemd's words for a host that may be used: a new one has to be faultless, an old one may have failed units. */
export type Health = 'running' | 'running|degraded';

/**
 * Waits until a host has booted, makes its users where they are missing, and reads its ssh host keys from inside,
 * which is a way that nobody can stand in. Throws a LabError when the host does not come to that health.
 */
export async function settle(
  host: string,
  container: string,
  health: Health,
  { users, publicKey }: { readonly users: Readonly<Record<string, LabUser>>; readonly publicKey: string },
): Promise<HostKeys> {
  // One script, one docker exec: with forty hosts each exec is felt.
  const script = `${bootScript(health)}\n[ -e ${SEEDED} ] || (${seedScript(users, publicKey)}) || exit 1\n${PRINT_HOST_KEYS}`;
  return parseHostKeys(await must(host, container, script));
}

/** Waits until a host has booted. Throws a LabError when it does not come to that health. */
export async function awaitBoot(host: string, container: string, health: Health): Promise<void> {
  await must(host, container, bootScript(health));
}

async function must(host: string, container: string, script: string): Promise<string> {
  const { code, stdout, stderr } = await execIn(container, script);
  if (code === 0) return stdout;
  const evidence = stdout + stderr;
  if (code !== UNSETTLED) throw new LabError('its users could not be made', { host, action: 'seed', evidence });
  throw new LabError(`it did not boot: ${stdout.trim().split('\n').join('; ')}`, { host, action: 'boot', evidence });
}

function bootScript(health: Health): string {
  return `
for attempt in $(seq 1 600); do
  state=$(systemctl is-system-running 2>/dev/null)
  case $state in ${health}) break ;; degraded|maintenance|stopping) break ;; esac
  sleep 0.1
done
case $state in ${health}) ;; *)
  echo "systemd says: \${state:-nothing}"; systemctl --failed --no-legend --plain; exit ${UNSETTLED} ;;
esac`;
}

/**
 * Makes users with their passwords, sudo rights and the lab's key; root gets the key too. Names and passwords come
 * from a checked topology; the script quotes them all the same.
 */
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
mkdir -p /${LAB_HOME}
: >${SEEDED}`;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
