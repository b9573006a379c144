import { readFile } from 'node:fs/promises';

/**
 * A resolv.conf for the hosts from this machine's own. Undefined when every name server is a loopback address, which
 * a host cannot reach: it then keeps Docker's resolver, and Docker's packet filter rules with it.
 */
export async function hostResolver(): Promise<string | undefined> {
  return reachableResolver(await readFile('/etc/resolv.conf', 'utf8').catch(() => ''));
}

/** The lines of a resolv.conf that hold outside the machine too; undefined when no name server is among them. */
export function reachableResolver(text: string): string | undefined {
  const lines = text.split('\n').filter((line) => /^\s*(nameserver|search|options)\s/.test(line));
  const outside = lines.filter((line) => !/^\s*nameserver\s+(127\.|::1)/.test(line));
  return outside.some((line) => line.includes('nameserver')) ? `${outside.join('\n')}\n` : undefined;
}
