import { BLOCKS } from '../../keepalived/table/blocks.ts';
import type { Cluster } from '../model.ts';
import type { WrittenCluster } from '../schema/inventory.ts';
import { absolutePath, type Where } from './context.ts';

/** What stands in keepalived.conf beside the instances: files and blocks in keepalived's own words. */
export function buildBlocks(
  written: WrittenCluster['keepalived'],
  where: Where,
): Pick<Cluster['keepalived'], 'drop' | 'fragments' | 'blocks'> {
  const said: Readonly<Record<string, unknown>> = { ...written };
  const blocks = Object.keys(BLOCKS).flatMap((keyword) => {
    const own = said[keyword];
    return Array.isArray(own) ? [{ keyword, lines: own.map(String) }] : [];
  });
  const fragments = (written?.fragments ?? []).map((path) => absolutePath(path, where));
  return {
    ...(written?.drop === undefined ? {} : { drop: written.drop }),
    ...(fragments.length === 0 ? {} : { fragments }),
    ...(blocks.length === 0 ? {} : { blocks }),
  };
}
