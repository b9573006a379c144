import { normal, wordsByAddress } from '../kinds/addresses.ts';
import type { Statement } from '../parse.ts';
import { pairRouters } from '../router-pairs.ts';
import type { Router } from '../routers.ts';
import { inside } from '../statements.ts';
import { VRRP_INSTANCE } from '../table/vrrp-instance.ts';
import { VRRP_SYNC_GROUP } from '../table/vrrp-sync-group.ts';
import { blockLosses } from './block-losses.ts';
import { globalLosses, sendsMail } from './global-losses.ts';
import { type Loss, lossAt } from './loss.ts';
import { settingLosses } from './setting-losses.ts';
import { type Tracking, trackLosses } from './track-losses.ts';

export type { Loss } from './loss.ts';

/** Blocks that are compared by what they do for the instances. */
const MODELLED =
  /^(?:global_defs|vrrp_instance|vrrp_script|vrrp_sync_group|vrrp_track_process|track_file|vrrp_track_file|garp_group)$/;

/** Lists that are compared entry by entry. */
const ADDRESSES = ['virtual_ipaddress', 'virtual_ipaddress_excluded'] as const;
const LINES = ['virtual_routes', 'virtual_rules'] as const;
const TRACKED = ['track_script', 'track_interface', 'track_process', 'track_file', 'track_bfd'] as const;

/** Written always, or of another form in the two files: unicast may become multicast, and a name is a name. */
const BESIDES: ReadonlySet<string> = new Set([
  ...ADDRESSES,
  ...LINES,
  ...TRACKED,
  'virtual_router_id',
  'interface',
  'priority',
  'advert_int',
  'state',
  'preempt',
  'version',
  'unicast_src_ip',
  'unicast_peer',
  'mcast_src_ip',
  'native_ipv6',
  'debug',
  'lvs_sync_daemon_interface',
  'accept',
]);

/**
 * What a host's keepalived.conf has and the new one does not keep, in the file's order: blocks, instances, addresses, what is
 * tracked and called, settings. Both with all that they include. Compared by what the words mean, never as text.
 */
export function lossesBetween(
  old: readonly Statement[],
  next: readonly Statement[],
  tracking: Tracking = { calls: [] },
): readonly Loss[] {
  const pairs = pairRouters(old, next);
  const losses = [
    ...globalLosses(inside(old, 'global_defs'), inside(next, 'global_defs'), sendsMail(old)),
    ...blockLosses(old.filter(isForeign), next.filter(isForeign)),
    ...pairs.flatMap(({ old: was, next: is }) =>
      was === undefined ? [] : instanceLosses(was, is, old, next, tracking),
    ),
    ...groupLosses(old, next, pairs, tracking),
  ];
  return losses;
}

function isForeign({ keyword }: Statement): boolean {
  return !MODELLED.test(keyword);
}

function instanceLosses(
  was: Router,
  is: Router | undefined,
  old: readonly Statement[],
  next: readonly Statement[],
  tracking: Tracking,
): readonly Loss[] {
  const owner = `vrrp_instance ${was.name}`;
  const served = new Set(inside(next, 'vrrp_instance').flatMap((one) => addressesIn([one])));
  const gone = ADDRESSES.flatMap((list) =>
    inside(was.body, list).flatMap((one): readonly Loss[] => {
      const [address = ''] = addressesIn([{ ...one, keyword: list, children: [one] }]);
      return served.has(address) ? [] : [lossAt(one, `address ${address} of ${owner}`, list, address)];
    }),
  );
  if (is === undefined) {
    const own = old.find(({ keyword, args }) => keyword === 'vrrp_instance' && args[0] === was.name);
    const vips = [...was.vips.keys(), ...was.excluded.keys()];
    // Another instance may have taken all that it served.
    if (own === undefined || (vips.length > 0 && gone.length === 0)) return [];
    return [lossAt(own, `${owner}${vips.length === 0 ? '' : ` (${vips.join(', ')})`}`, 'vrrp_instance', was.name)];
  }
  const lines = LINES.flatMap((list) => {
    const kept = new Set(inside(is.body, list).map(textOf));
    return inside(was.body, list).flatMap((one) =>
      kept.has(textOf(one)) ? [] : [lossAt(one, `${textOf(one)} in ${list} of ${owner}`, list)],
    );
  });
  return [
    ...gone,
    ...lines,
    ...trackLosses({ owner, old: was.body, next: is.body, whole: { old, next } }, tracking),
    ...settingLosses({ table: VRRP_INSTANCE, owner, old: was.body.filter(isNoCall), next: is.body, besides: BESIDES }),
  ];
}

/** Scripts that are called are compared by what is called. */
function isNoCall({ keyword }: Statement): boolean {
  return !/^notify(?:$|_(?!priority_changes))/.test(keyword);
}

function groupLosses(
  old: readonly Statement[],
  next: readonly Statement[],
  pairs: ReturnType<typeof pairRouters>,
  tracking: Tracking,
): readonly Loss[] {
  const groups = next.filter(({ keyword }) => keyword === 'vrrp_sync_group');
  const renamed = new Map(pairs.flatMap(({ old: was, next: is }) => (was && is ? [[was.name, is.name] as const] : [])));
  return old.flatMap((one): readonly Loss[] => {
    const {
      keyword,
      args: [name = ''],
      children = [],
    } = one;
    if (keyword !== 'vrrp_sync_group') return [];
    const members = membersOf(children).map((member) => renamed.get(member) ?? member);
    const owner = `vrrp_sync_group ${name}`;
    const same = groups.find((group) => members.every((member) => membersOf(group.children ?? []).includes(member)));
    if (same === undefined) return [lossAt(one, `${owner} (${membersOf(children).join(', ')})`, keyword, name)];
    const body = same.children ?? [];
    return [
      ...trackLosses({ owner, old: children, next: body, whole: { old, next } }, tracking),
      ...settingLosses({
        table: VRRP_SYNC_GROUP,
        owner,
        old: children.filter(isNoCall),
        next: body,
        besides: new Set([...TRACKED, 'group', 'global_tracking']),
      }),
    ];
  });
}

function membersOf(body: readonly Statement[]): readonly string[] {
  return inside(body, 'group').flatMap(({ keyword, args }) => [keyword, ...args]);
}

function addressesIn(lists: readonly Statement[]): readonly string[] {
  return lists.flatMap((one) => ADDRESSES.flatMap((list) => [...wordsByAddress([one], list).keys()])).map(normal);
}

function textOf({ keyword, args }: Statement): string {
  return [keyword, ...args].join(' ');
}
