import { listContainers } from './containers.ts';
import { execIn } from './exec.ts';
import { primaryAddress, type Topology } from './topology.ts';

/** One host as it stands. */
export interface HostStatus {
  readonly host: string;
  readonly role: string;
  readonly address: string;
  /** systemd's word for a running host, Docker's for any other, or missing. */
  readonly state: string;
  /** Addresses it holds besides its own, with prefix length: the virtual IPs. */
  readonly holds: readonly string[];
}

/** The hosts of a lab in the topology's order. */
export async function labStatus(topology: Topology): Promise<HostStatus[]> {
  const containers = new Map((await listContainers(topology.name)).map((entry) => [entry.host, entry]));
  return Promise.all(
    Object.entries(topology.hosts).map(async ([host, definition]) => {
      const { address } = primaryAddress(definition);
      const known = { host, role: definition.role, address };
      const container = containers.get(host);
      if (container?.state !== 'running') return { ...known, state: container?.state ?? 'missing', holds: [] };
      const asked = await execIn(container.container, 'systemctl is-system-running; ip -o addr show scope global');
      const [state = '', ...lines] = asked.stdout.trim().split('\n');
      const own = new Set(Object.values(definition.addresses));
      const held = lines.flatMap((line) => /\sinet6?\s+(\S+)/.exec(line)?.[1] ?? []);
      return { ...known, state, holds: held.filter((entry) => !own.has(entry.split('/')[0] ?? '')) };
    }),
  );
}

/** A table for the terminal, one host a line. */
export function renderStatus(hosts: readonly HostStatus[]): string {
  const rows = [
    ['host', 'role', 'address', 'state', 'virtual IPs'],
    ...hosts.map(({ host, role, address, state, holds }) => [host, role, address, state, holds.join(' ') || '-']),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
