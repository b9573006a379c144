import type { Statement } from './parse.ts';
import { type Router, routersOf } from './routers.ts';

/** A VIP that leaves one instance and comes to another. */
export interface MovedVip {
  /** Normalised, without its prefix. */
  readonly vip: string;
  /** The instance that has it, by its name in the running file. */
  readonly from: string;
  /** The instance that gets it, by its name in the new file. */
  readonly to: string;
  /** Where they stand in the running file; `to` is undefined for an instance that begins anew. */
  readonly place: { readonly from: number; readonly to: number | undefined };
}

/** One instance before and after; a side is missing where it comes or goes. */
export interface RouterPair {
  readonly old: Router | undefined;
  readonly next: Router | undefined;
}

/**
 * Which instance goes on as which: first by what keepalived itself goes by (vrrp.c, vrrp_exist), then by what its peers,
 * or its administrator, would call the same one.
 */
export function pairRouters(running: readonly Statement[], wanted: readonly Statement[]): readonly RouterPair[] {
  const left = new Set(routersOf(running));
  const routers = routersOf(wanted);
  const found = new Map<Router, Router>();
  const rules: readonly ((old: Router, router: Router) => boolean)[] = [
    isSame,
    (old, router) => old.name === router.name,
    (old, router) => old.wire === router.wire,
    (old, router) => [...router.vips.keys()].some((vip) => old.vips.has(vip)),
  ];
  for (const rule of rules) {
    for (const router of routers.filter((one) => !found.has(one))) {
      const old = [...left].find((one) => rule(one, router));
      if (old === undefined) continue;
      found.set(router, old);
      left.delete(old);
    }
  }
  const pairs = routers.map((next): RouterPair => ({ old: found.get(next), next }));
  return [...pairs, ...[...left].map((old): RouterPair => ({ old, next: undefined }))];
}

/** Addresses that one instance gives up and another one takes, in the new file's order. */
export function movesBetween(pairs: readonly RouterPair[]): readonly MovedVip[] {
  return pairs.flatMap(({ old: own, next: taker }) => {
    if (taker === undefined) return [];
    const fresh = vipsOf(taker).filter((vip) => !vipsOf(own).includes(vip));
    return fresh.flatMap((vip) => {
      const giver = pairs.find(({ old, next }) => vipsOf(old).includes(vip) && !vipsOf(next).includes(vip))?.old;
      if (giver === undefined) return [];
      const stays = own !== undefined && isSame(own, taker);
      const place = { from: giver.place, to: stays ? own.place : undefined };
      return [{ vip, from: giver.name, to: taker.name, place }];
    });
  });
}

/** Whether it lives on through a reload, for keepalived. */
function isSame(old: Router, next: Router): boolean {
  return old.wire === next.wire && old.way === next.way;
}

function vipsOf(router: Router | undefined): readonly string[] {
  return router === undefined ? [] : [...router.vips.keys(), ...router.excluded.keys()];
}
