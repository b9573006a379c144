import { z } from 'zod';
import type { StagedTest } from '../changes/change.ts';
import { addressSubject } from '../facts/network/address.ts';
import { linksSubject } from '../facts/network/links.ts';
import { fileSubject } from '../facts/system/file.ts';
import { packageSubject } from '../facts/system/package.ts';
import { unitSubject } from '../facts/system/unit.ts';
import type { KeepalivedConfig } from '../keepalived/config.ts';
import { stepBetween } from '../keepalived/intermediate-config.ts';
import { maskKeepalivedConf } from '../keepalived/mask.ts';
import { KeepalivedSyntaxError, parseKeepalivedConf } from '../keepalived/parse.ts';
import { renderKeepalivedConf } from '../keepalived/render.ts';
import { OLDEST, tooNewFor } from '../keepalived/since.ts';
import { cannotCompare, peerVisibleChanges } from '../keepalived/visible.ts';
import { HOST_PATHS } from '../vrrp/paths.ts';
import { keepalivedConfigOf } from './host-config.ts';
import { interfacesOf, mustHaveInterfaces, mustKnow, namesFurtherInterfaces } from './host-limits.ts';
import { mustKeep, successorOf } from './must-keep.ts';
import { type Given, planFile } from './plan-file.ts';
import type { Module } from './task.ts';

export { keepalivedConfigOf } from './host-config.ts';

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
    const [addresses, links, version, unit] = await Promise.all([
      context.ask(addressSubject, 'addresses'),
      namesFurtherInterfaces(config) ? context.ask(linksSubject, 'links').then((fact) => fact.links) : [],
      tooNewFor(config, OLDEST).length > 0
        ? context.ask(packageSubject, 'keepalived').then((fact) => fact.version)
        : null,
      context.ask(unitSubject, 'keepalived'),
      context.ask(fileSubject, path),
    ]);
    mustKnow(config, version, context.host.id);
    mustHaveInterfaces(config, { addresses, links }, context.host.id);
    const runs = unit.active === 'active' || unit.active === 'reloading';
    const successor = await successorOf(text, context);
    return planFile(
      {
        path,
        content: { text, masked: maskKeepalivedConf(text) },
        mode: '0640',
        owner: 'root',
        group: 'root',
        phase: 'activate',
        test: configTest(config),
        given: (old) => {
          if (runs || unit.enabled === 'enabled') mustKeep(old, successor, context);
          // Nobody hears a keepalived that does not run.
          return runs ? compareWithRunning(old, config) : {};
        },
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

/** What a staged keepalived.conf needs to be there on its host. */
export function configTest(config: KeepalivedConfig): StagedTest {
  return {
    interfaces: interfacesOf(config),
    scripts: [
      ...config.vrrp_scripts.map(({ script }) => script.split(' ')[0] ?? script),
      ...config.vrrp_instances.flatMap(({ notify }) => notify ?? []),
    ],
  };
}
