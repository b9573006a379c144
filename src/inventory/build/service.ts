import { type Port, parsePort } from '../../checks/port.ts';
import { type ClusterService, NO_SERVICE, type PackageNames, type Service, serviceRow } from '../../checks/services.ts';
import type { WrittenService } from '../schema/service.ts';

/** A cluster's services as they are written; empty without any. */
export function buildServices(
  written: WrittenService | readonly WrittenService[] | undefined,
): readonly ClusterService[] {
  const all = [written ?? []].flat();
  return all.flatMap((one) => buildService(one) ?? []);
}

/** The unit by which messages and gates call a cluster's services: the first. */
export function mainService(services: readonly ClusterService[]): Service {
  return services.find(({ unit }) => unit !== undefined)?.unit ?? NO_SERVICE;
}

function buildService(written: WrittenService): ClusterService | undefined {
  const said = typeof written === 'string' ? { unit: written } : written;
  const { unit, container, package: names, port, install = true } = said;
  if (unit === NO_SERVICE) return undefined;
  const name = unit ?? container ?? NO_SERVICE;
  // In a container, nothing of what the row says of a unit applies.
  const row = container === undefined ? serviceRow(name) : undefined;
  const wanted = names === undefined ? (row?.packages ?? NOTHING) : packagesOf(names);
  return {
    ...(row ?? { name }),
    ...(container === undefined ? { unit: name } : { program: container }),
    packages: install && container === undefined ? wanted : NOTHING,
    ports: portsOf(port),
  };
}

const NOTHING: PackageNames = { debian: [], rhel: [] };

type Names = string | readonly string[];

function packagesOf(
  written: Names | { readonly debian?: Names | undefined; readonly rhel?: Names | undefined },
): PackageNames {
  if (typeof written === 'string' || isList(written)) {
    const names = [written].flat();
    return { debian: names, rhel: names };
  }
  return { debian: [written.debian ?? []].flat(), rhel: [written.rhel ?? []].flat() };
}

function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value);
}

function portsOf(written: string | number | readonly (string | number)[] | undefined): readonly Port[] {
  return [written ?? []].flat().flatMap((one) => parsePort(String(one)) ?? []);
}
