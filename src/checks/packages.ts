import { ALWAYS, COMMANDS } from './needs.ts';
import { kindOf, type Probe, serviceCheck } from './registry.ts';
import type { ClusterService } from './services.ts';

/** Packages by the family of the operating system, in the order of installation. */
export interface Packages {
  readonly debian: readonly string[];
  readonly rhel: readonly string[];
  /** By package, a command with which it need not be installed, wherever the command comes from. */
  readonly commands: Readonly<Record<string, string>>;
  /** Services that must not start while they are installed. */
  readonly hold: readonly string[];
}

/** What a host of a cluster needs installed: keepalived, its services, and what its checks run. */
export function packagesFor(services: readonly ClusterService[], probes: readonly Probe[]): Packages {
  const all = [...services.flatMap((service) => serviceCheck(service)?.probe ?? []), ...probes];
  const needed = new Set<string>([...ALWAYS, ...all.map(kindOf).flatMap((kind) => kind.needs)]);
  const commands = Object.entries(COMMANDS).filter(([command]) => needed.has(command));
  const names = (family: 'debian' | 'rhel'): string[] => [
    ...new Set([
      'keepalived',
      ...services.flatMap(({ packages }) => packages[family]),
      ...commands.map(([, packages]) => packages[family]),
    ]),
  ];
  const byCommand = [
    ['keepalived', 'keepalived'] as const,
    ...services.flatMap(({ command, packages }) =>
      command === undefined ? [] : [...packages.debian, ...packages.rhel].map((name) => [name, command] as const),
    ),
    ...commands.flatMap(([command, { debian, rhel }]) => [[debian, command] as const, [rhel, command] as const]),
  ];
  return {
    debian: names('debian'),
    rhel: names('rhel'),
    commands: Object.fromEntries(byCommand),
    hold: ['keepalived', ...services.flatMap(({ unit }) => unit ?? [])],
  };
}
