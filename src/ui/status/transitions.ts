import type { ClusterStatus } from '../../operate/status/model.ts';

const KEPT = 3;

/** What changed between looks at a fleet, the last few. */
export class Transitions {
  readonly #lines: string[] = [];
  readonly #states = new Map<string, string>();

  /** Takes a look in. The first one is what later ones are compared with. */
  take(clusters: readonly ClusterStatus[], now: Date): void {
    for (const { cluster, verdict, instances, hosts } of clusters) {
      this.#note(cluster, verdict, now);
      for (const [name, { holders }] of Object.entries(instances))
        this.#note(`${cluster}/${name}`, holders.length === 0 ? 'on no host' : `on ${holders.join(' and ')}`, now);
      for (const [id, host] of Object.entries(hosts)) this.#note(id, host.reachable ? 'reachable' : 'unreachable', now);
    }
  }

  /** "14:02:11 web/VI_1: on lb1 > on lb2", the latest first. */
  lines(): readonly string[] {
    return this.#lines;
  }

  #note(what: string, state: string, now: Date): void {
    const before = this.#states.get(what);
    this.#states.set(what, state);
    if (before === undefined || before === state) return;
    this.#lines.unshift(`${clockTime(now)} ${what}: ${before} > ${state}`);
    this.#lines.length = Math.min(this.#lines.length, KEPT);
  }
}

const two = (value: number): string => String(value).padStart(2, '0');

function clockTime(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** Local time with its offset: 2026-11-22 14:02:11 +01:00. */
export function localTime(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const zone = `${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clockTime(date)} ${zone}`;
}
