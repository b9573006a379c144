import type { VrrpInstanceState } from '../../facts/keepalived/vrrp-state.ts';
import type { Cluster, Instance } from '../../inventory/model.ts';
import { masterDown } from '../../vrrp/timing.ts';
import { virtualRouterOf } from '../../vrrp/virtual-router.ts';
import type { Trouble } from './gate-error.ts';
import { startupDelay, waitOf } from './holders.ts';
import type { MemberView } from './members.ts';

/** The gate that each BACKUP hears the master. */
export const HEARS_MASTER = 'hears the master';

/**
 * How far an advert that is accepted moves the deadline of a BACKUP on, at least, where adverts are not as frequent as that.
 * One that is refused moves it by what keepalived itself needs between two looks at its clock.
 */
const MOVED_MS = 20;
/** What an advert may need on its way, and keepalived to read it. */
const ARRIVES_MS = 60;
/** What a slow host may need beyond its master-down interval. */
const MARGIN_MS = 1000;

interface Silence {
  readonly pid: number;
  /** By the gate's clock: when it was first seen as BACKUP. */
  readonly since: number;
  /** When it would have taken over by that look. */
  readonly takesOverAt: number | undefined;
}

/** Looks at a cluster again and again, to learn which BACKUP hears the master. */
export interface Hearing {
  /** BACKUPs that may still turn out to be deaf, by these views; `now` in milliseconds of the gate's clock. */
  deaf(views: readonly MemberView[], now: number): readonly Trouble[];
  /** Milliseconds until all of these should have received their next advert; undefined where keepalived does not tell. */
  nextAdvert(views: readonly MemberView[]): number | undefined;
}

/**
 * A member that hears nothing stays BACKUP for a whole master-down interval and is a second master afterwards. So a BACKUP
 * counts once it has accepted an advert between two looks, which takes one interval of adverts; or once it should have taken
 * over and has not, where keepalived does not tell.
 */
export function createHearing(cluster: Cluster): Hearing {
  const silences = new Map<string, Silence>();
  const heard = new Set<string>();
  const judge = (host: string, pid: number, state: VrrpInstanceState, instance: Instance, now: number): boolean => {
    const key = `${host}\n${state.name}`;
    if (state.state !== 'BACKUP') {
      silences.delete(key);
      heard.delete(key);
      return true;
    }
    const before = silences.get(key);
    if (before === undefined || before.pid !== pid) {
      silences.set(key, { pid, since: now, takesOverAt: state.takesOverAt });
      heard.delete(key);
      return false;
    }
    const { takesOverAt: first } = before;
    const least = Math.min(MOVED_MS, instance.advert_int * 250);
    const moved = first !== undefined && state.takesOverAt !== undefined && state.takesOverAt > first + least;
    if (moved && state.master !== undefined) heard.add(key);
    return heard.has(key) || now - before.since > waitOf(instance) + startupDelay(cluster) + MARGIN_MS;
  };
  return {
    deaf: (views, now) =>
      views.flatMap(({ host, vrrp }) => {
        if (vrrp === undefined || vrrp === null) return [];
        return cluster.vrrp_instances.flatMap((instance) => {
          const state =
            typeof vrrp === 'string' ? mute(instance) : vrrp.instances.find(({ name }) => name === instance.name);
          const pid = typeof vrrp === 'string' ? 0 : vrrp.mainPid;
          return state === undefined || judge(host, pid, state, instance, now) ? [] : [troubleOf(host, instance)];
        });
      }),
    nextAdvert: (views) => {
      const waits = views.flatMap(({ vrrp }) => {
        if (vrrp === undefined || vrrp === null || typeof vrrp === 'string') return [];
        return cluster.vrrp_instances.flatMap((instance) => {
          const state = vrrp.instances.find(({ name }) => name === instance.name);
          return state?.takesOverIn === undefined ? [] : [nextOf(instance, state.effectivePriority, state.takesOverIn)];
        });
      });
      return waits.length === 0 ? undefined : Math.max(...waits) + ARRIVES_MS;
    },
  };
}

/** An advert begins the master-down interval; the next one comes an interval of adverts after it. */
function nextOf(instance: Instance, priority: number, takesOverIn: number): number {
  const { adverts } = virtualRouterOf(instance);
  return takesOverIn - masterDown(priority, adverts) + adverts.intervalSeconds * 1000;
}

/** What keepalived may be where it does not answer. */
function mute({ name }: Instance): VrrpInstanceState {
  return { name, state: 'BACKUP', effectivePriority: 1, waitsFor: 0 };
}

function troubleOf(host: string, { name }: Instance): Trouble {
  return {
    gate: HEARS_MASTER,
    message: `${host} has received no advert of ${name} since the change`,
    hosts: [host],
    next: `On ${host}: tcpdump -ni any proto 112; journalctl -u keepalived -n 50`,
  };
}
