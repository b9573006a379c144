import type { VirtualAddress } from '../../keepalived/config.ts';
import { parseVip } from '../../keepalived/vip.ts';
import { ADVERT_INT, PRIORITY } from '../defaults.ts';
import type { Host, Instance, Service } from '../model.ts';
import type { Path } from '../problem.ts';
import type { WrittenInstance } from '../schema/inventory.ts';
import { buildChecks } from './check.ts';
import { type BuildContext, buildSecret } from './context.ts';
import { spread, valueFor } from './per-host.ts';

export function buildInstance(
  name: string,
  written: WrittenInstance,
  cluster: { readonly service: Service; readonly hosts: readonly Host[]; readonly path: Path },
  context: BuildContext,
): Instance {
  const path = [...cluster.path, 'vrrp_instances', name];
  const names = cluster.hosts.map((host) => host.name);
  const vips = written.virtual_ipaddress.flatMap(buildVip);
  const version = vips[0]?.family === 6 ? 3 : written.version;
  const unicast = buildUnicast(written.unicast, cluster.hosts);
  return {
    name,
    virtual_router_id: written.virtual_router_id,
    interface: spread(written.interface, names, 'eth0'),
    priority: spread(written.priority, names, PRIORITY),
    virtual_ipaddress: vips,
    ...(written.auth_pass === undefined
      ? {}
      : { auth_pass: buildSecret(written.auth_pass, [...path, 'auth_pass'], context) }),
    advert_int: written.advert_int ?? ADVERT_INT,
    nopreempt: spread(written.nopreempt, names, false),
    ...(written.preempt_delay === undefined ? {} : { preempt_delay: written.preempt_delay }),
    ...(version === undefined ? {} : { version }),
    ...(unicast === undefined ? {} : { unicast }),
    track_script: buildChecks(written.track_script, cluster.service, context),
  };
}

function buildVip(text: string): VirtualAddress[] {
  const parsed = parseVip(text);
  if ('reason' in parsed) return [];
  const { address, prefix, family, label } = parsed.vip;
  return [{ address, prefix, family, ...(label === undefined ? {} : { label }) }];
}

function buildUnicast(written: WrittenInstance['unicast'], hosts: readonly Host[]): Instance['unicast'] {
  if (written === undefined || written === false) return undefined;
  const sources = hosts.map((host) => {
    const source = written === true ? host.address : (valueFor(written, host.name) ?? host.address);
    return { name: host.name, source };
  });
  return Object.fromEntries(
    sources.map(({ name, source }) => {
      const peers = sources.filter((other) => other.name !== name).map((other) => other.source);
      return [name, { src_ip: source, peers }];
    }),
  );
}
