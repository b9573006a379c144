import { z } from 'zod';
import type { StagedTest } from '../changes/change.ts';
import { checkCommand } from '../checks/registry.ts';
import { HaprovError } from '../errors.ts';
import { type AddressFact, addressSubject } from '../facts/network/address.ts';
import { fileSubject } from '../facts/system/file.ts';
import { unitSubject } from '../facts/system/unit.ts';
import { valueFor } from '../inventory/build/per-host.ts';
import type { Cluster, Host, Instance } from '../inventory/model.ts';
import { Secret } from '../inventory/secret.ts';
import type { KeepalivedConfig, VrrpInstance } from '../keepalived/config.ts';
import { stepBetween } from '../keepalived/intermediate-config.ts';
import type { Table, Values } from '../keepalived/keyword.ts';
import { maskKeepalivedConf } from '../keepalived/mask.ts';
import { KeepalivedSyntaxError, parseKeepalivedConf } from '../keepalived/parse.ts';
import { renderKeepalivedConf } from '../keepalived/render.ts';
import { VRRP_INSTANCE } from '../keepalived/table/vrrp-instance.ts';
import { cannotCompare, peerVisibleChanges } from '../keepalived/visible.ts';
import { HOST_PATHS } from '../vrrp/paths.ts';
import { weightOn } from '../vrrp/priority.ts';
import { type Given, planFile } from './plan-file.ts';
import type { Module } from './task.ts';

const shape = z.strictObject({});

/** keepalived.conf from the inventory, tested on the host before it replaces the old one. */
export const keepalivedConfigModule: Module<z.infer<typeof shape>> = {
  name: 'keepalived_config',
  parse: (args) => shape.parse(args ?? {}),
  plan: async (_, context) => {
    const config = keepalivedConfigOf(context.cluster, context.host);
    const text = renderKeepalivedConf(config);
    const path = HOST_PATHS.keepalivedConf;
    // All at once: a converged host costs one round trip.
    const [addresses, unit] = await Promise.all([
      context.ask(addressSubject, 'addresses'),
      context.ask(unitSubject, 'keepalived'),
      context.ask(fileSubject, path),
    ]);
    mustHaveInterfaces(config, addresses, context.host.id);
    const runs = unit.active === 'active' || unit.active === 'reloading';
    return planFile(
      {
        path,
        content: { text, masked: maskKeepalivedConf(text) },
        mode: '0640',
        owner: 'root',
        group: 'root',
        phase: 'activate',
        test: configTest(config),
        // Nobody hears a keepalived that does not run, and it has nothing to lose.
        ...(runs ? { given: (old) => compareWithRunning(old, config) } : {}),
      },
      context,
    );
  },
};

/**
 * What peers notice, and what has to run for one reload before. The file that stands there is taken for what keepalived
 * runs; where there is none, or it cannot be read, nobody can say what that is, and every instance counts as visible.
 */
function compareWithRunning(old: string | null, config: KeepalivedConfig): Given {
  if (old === null) return { peerVisible: cannotCompare(config, 'it is gone') };
  try {
    const peerVisible = peerVisibleChanges(parseKeepalivedConf(old), config);
    const text = stepBetween(old, config);
    if (text === undefined) return { peerVisible };
    return { peerVisible, intermediate: { text, test: configTest(config) } };
  } catch (error) {
    if (!(error instanceof KeepalivedSyntaxError)) throw error;
    return { peerVisible: cannotCompare(config, error.message) };
  }
}

function mustHaveInterfaces(config: KeepalivedConfig, addresses: readonly AddressFact[], host: string): void {
  const there = new Set(addresses.map((address) => address.interface));
  const missing = config.vrrp_instances.find((instance) => !there.has(instance.interface));
  if (missing === undefined) return;
  throw new HaprovError(
    `there is no interface ${missing.interface} with an address here, which ${missing.name} names`,
    {
      host,
      action: 'plan /etc/keepalived/keepalived.conf',
      next: `Addresses are on ${[...there].join(', ')}. An interface may differ per host: interface: { ${host}: … }`,
    },
  );
}

/** One host's configuration out of its cluster's. */
export function keepalivedConfigOf(cluster: Cluster, host: Host): KeepalivedConfig {
  const { email } = cluster.notify;
  const checks = new Map(
    cluster.vrrp_instances.flatMap((instance) => instance.track_script.map((check) => [check.name, check] as const)),
  );
  return {
    router_id: host.name,
    global_defs: cluster.keepalived.global_defs,
    ...(email === undefined ? {} : { mail: { ...email, from: email.from ?? `keepalived@${host.name}` } }),
    vrrp_scripts: [...checks.values()].map(({ probe, weights: _, ...check }) => {
      const weight = weightOn(host.name, checks.get(check.name) ?? check);
      return { ...check, weight, script: checkCommand(check.name, probe, check.timeout) };
    }),
    vrrp_instances: cluster.vrrp_instances.map((instance) => instanceOf(instance, host)),
  };
}

/** An instance's keywords as one host has them. */
function instanceOf({ name, ...held }: Instance, host: Host): VrrpInstance {
  const table: Table = VRRP_INSTANCE;
  const own = Object.entries(held).map(([keyword, value]) => {
    if (value instanceof Secret) return [keyword, value.reveal()] as const;
    return [keyword, table[keyword]?.perHost === undefined ? value : valueFor(value, host.name)] as const;
  });
  const missing = own.find(([, value]) => value === undefined);
  if (missing !== undefined) throw new Error(`no ${missing[0]} for ${host.name}`);
  const track_script = held.track_script.map((check) => check.name);
  const values: Values = { ...Object.fromEntries(own), track_script, notify: HOST_PATHS.notify };
  // Each value is its own row's, of this host.
  return { name, ...values } as VrrpInstance;
}

/** What a staged keepalived.conf needs to be there on its host. */
export function configTest(config: KeepalivedConfig): StagedTest {
  return {
    interfaces: config.vrrp_instances.map((instance) => instance.interface),
    scripts: [
      ...config.vrrp_scripts.map(({ script }) => script.split(' ')[0] ?? script),
      ...config.vrrp_instances.flatMap(({ notify }) => notify ?? []),
    ],
  };
}
