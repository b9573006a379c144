import { BLOCK_KINDS, BLOCKS } from '../../keepalived/table/blocks.ts';
import type { Cluster } from '../model.ts';
import type { WrittenCluster } from '../schema/inventory.ts';
import { absolutePath, type Where } from './context.ts';

/** What stands in keepalived.conf beside the instances: files and blocks in keepalived's own words. */
export function buildBlocks(
  written: WrittenCluster['keepalived'],
  where: Where,
): Pick<Cluster['keepalived'], 'fragments' | 'blocks' | 'drop'> {
  const said: Readonly<Record<string, unknown>> = { ...written };
  const blocks = Object.keys(BLOCKS).flatMap((keyword) => {
    const own = said[keyword];
    if (!Array.isArray(own)) return [];
    const lines = own.map(String);
    return [{ keyword, lines: BLOCK_KINDS[keyword]?.build?.(lines) ?? lines }];
  });
  const fragments = (written?.fragments ?? []).map((path) => absolutePath(path, where));
  const { drop = [] } = written ?? {};
  return {
    ...(drop.length === 0 ? {} : { drop }),
    ...(fragments.length === 0 ? {} : { fragments }),
    ...(blocks.length === 0 ? {} : { blocks }),
  };
}
