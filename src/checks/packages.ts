import { ALWAYS, COMMANDS } from './needs.ts';
import { kindOf, type Probe, serviceCheck } from './registry.ts';
import { type Service, serviceRow } from './services.ts';

/** Packages by the family of the operating system, in the order of installation. */
export interface Packages {
  readonly debian: readonly string[];
  readonly rhel: readonly string[];
  /** Services that must not start while they are installed. */
  readonly hold: readonly string[];
}

/** What a host of a cluster needs installed: keepalived, its service, and what its checks run. */
export function packagesFor(service: Service, probes: readonly Probe[]): Packages {
  const row = serviceRow(service);
  const kinds = [serviceCheck(service), ...probes.map(kindOf)];
  const needed = new Set<string>([...ALWAYS, ...kinds.flatMap((kind) => kind?.needs ?? [])]);
  const commands = Object.entries(COMMANDS).filter(([command]) => needed.has(command));
  const names = (family: 'debian' | 'rhel'): string[] => [
    'keepalived',
    ...(row?.packages ?? []),
    ...commands.map(([, packages]) => packages[family]),
  ];
  return { debian: names('debian'), rhel: names('rhel'), hold: ['keepalived', ...(row === null ? [] : [row.unit])] };
}
