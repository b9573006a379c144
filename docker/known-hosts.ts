import type { HostKeys } from './keys.ts';

/** known_hosts lines (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT): every public key of every host, under each address. */
export function renderKnownHosts(
  hosts: ReadonlyMap<string, { readonly addresses: readonly string[]; readonly keys: HostKeys }>,
): string {
  const lines: string[] = [];
  for (const { addresses, keys } of hosts.values()) {
    for (const [file, content] of [...keys].sort(([a], [b]) => a.localeCompare(b))) {
      if (!file.endsWith('.pub')) continue;
      const [type = '', key = ''] = content.trim().split(/\s+/);
      lines.push(`${addresses.join(',')} ${type} ${key}`);
    }
  }
  return `${lines.join('\n')}\n`;
}
