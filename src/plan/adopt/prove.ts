import type { Inventory } from '../../inventory/model.ts';
import { fragmentPath } from '../../keepalived/fragments.ts';
import { isDropped } from '../../keepalived/loss/loss.ts';
import { lossesBetween } from '../../keepalived/loss/losses.ts';
import { parseKeepalivedConf } from '../../keepalived/parse.ts';
import { renderKeepalivedConf } from '../../keepalived/render.ts';
import { peerVisibleChanges } from '../../keepalived/visible.ts';
import { keepalivedConfigOf } from '../../tasks/keepalived-config.ts';
import type { BesideFile, FoundHost, Trouble } from './model.ts';

/**
 * What the keepalived.conf that an adopted inventory makes would lose or show to peers, by host: nothing, where it is right.
 * The inventory holds no secret's value: `reveal` puts them in.
 */
export function proveAdoption(
  inventory: Inventory,
  hosts: readonly FoundHost[],
  files: readonly BesideFile[],
): readonly Trouble[] {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  return inventory.clusters.flatMap((cluster) =>
    cluster.hosts.flatMap((host): readonly Trouble[] => {
      const found = hosts.find(({ name }) => name === host.name);
      if (found === undefined) return [];
      const { drop = [], fragments = [] } = cluster.keepalived;
      const text = renderKeepalivedConf(keepalivedConfigOf(cluster, host));
      const blocks = fragments.flatMap((path) => {
        const own = [...texts].find(([name]) => fragmentPath(name) === fragmentPath(path))?.[1] ?? '';
        return parseKeepalivedConf(own);
      });
      const next = parseKeepalivedConf(text);
      const old = found.config.statements;
      const calls = [...texts].map(([path, script]) => ({ path, text: script }));
      const losses = lossesBetween(old, [...next, ...blocks], { calls })
        .filter((loss) => !isDropped(loss, drop))
        .map(({ file = found.sources.root, line, what }) => ({ host: host.name, file, line, why: `${what} would go` }));
      const seen = peerVisibleChanges(old, next).map(({ instance, key, detail }) => ({
        host: host.name,
        file: found.sources.root,
        line: 1,
        why: `${instance}: ${key} ${detail} would be seen by the others`,
      }));
      return [...losses, ...seen];
    }),
  );
}
