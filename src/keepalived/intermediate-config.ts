import type { KeepalivedConfig } from './config.ts';
import { normal } from './kinds/addresses.ts';
import { KeepalivedSyntaxError, parseKeepalivedConf, type Statement } from './parse.ts';
import { renderKeepalivedConf } from './render.ts';
import { type MovedVip, movedVips } from './visible.ts';

/**
 * The keepalived.conf that has to run for one reload before the new one, where a VIP moves between instances; undefined
 * where one reload is enough. keepalived goes through its old instances in their order: each gives up the addresses it no
 * longer has, then takes its new ones. An address that comes to an instance before the other one gives it up is lost, and
 * stays lost (keepalived(8), HUP; measured on 2.2.7: no host has it from then on).
 *
 * Best is what runs already with its instances in another order: givers first. Peers notice nothing of it, and not one of
 * 20 requests a second failed through both reloads. Where no such order exists (two instances exchange VIPs), it is the
 * new configuration without the VIPs that would be lost, which nobody has between the two reloads (0.6 s, measured). So it
 * is where somebody else wrote the running file: keepalived may have complaints about that one, and a candidate with
 * complaints is never put in place.
 *
 * @throws KeepalivedSyntaxError where the running file's braces or quotes do not close
 */
export function stepBetween(running: string, next: KeepalivedConfig): string | undefined {
  const statements = parseKeepalivedConf(running);
  const lost = movedVips(statements, next).filter(({ place }) => place.to !== undefined && place.to < place.from);
  if (lost.length === 0) return undefined;
  const own = running.startsWith('# Written by haprov');
  const order = own ? reordered(running, statements, movedVips(statements, next)) : undefined;
  return order ?? renderKeepalivedConf(without(next, lost));
}

/** An instance that would be left without VIPs is left out whole: keepalived takes none without. */
function without(config: KeepalivedConfig, lost: readonly MovedVip[]): KeepalivedConfig {
  const vrrp_instances = config.vrrp_instances.map((instance) => ({
    ...instance,
    virtual_ipaddress: instance.virtual_ipaddress.filter(
      ({ address }) => !lost.some(({ to, vip }) => to === instance.name && vip === normal(address)),
    ),
  }));
  return { ...config, vrrp_instances: vrrp_instances.filter((instance) => instance.virtual_ipaddress.length > 0) };
}

/**
 * The running file with its vrrp_instances in an order in which each gives before another one takes: its own lines moved,
 * none changed. undefined where there is no such order, or the file cannot be taken apart by lines.
 */
function reordered(text: string, statements: readonly Statement[], moved: readonly MovedVip[]): string | undefined {
  const lines = text.split('\n');
  const chunks = statements.map(({ line }, index) =>
    lines.slice(line - 1, (statements[index + 1]?.line ?? lines.length + 1) - 1).join('\n'),
  );
  const instances = statements.flatMap(({ keyword, args }, index) =>
    keyword === 'vrrp_instance' && args.length > 0 ? [index] : [],
  );
  const order = giversFirst(instances.length, moved);
  if (order === undefined) return undefined;
  const source = statements.map((_, index) => instances[order[instances.indexOf(index)] ?? -1] ?? index);
  const head = lines.slice(0, (statements[0]?.line ?? 1) - 1);
  const made = [...head, ...source.map((from) => chunks[from] ?? '')].join('\n');
  const wanted = source.flatMap((from) => statements[from] ?? []);
  return sameBut(made, wanted) ? made : undefined;
}

/** Places of instances in the order that they have to stand in, as near to the order of now as may be. */
function giversFirst(count: number, moved: readonly MovedVip[]): readonly number[] | undefined {
  const order: number[] = [];
  const left = new Set(Array.from({ length: count }, (_, place) => place));
  while (left.size > 0) {
    const next = [...left].find((place) => !moved.some(({ place: { from, to } }) => to === place && left.has(from)));
    if (next === undefined) return undefined;
    order.push(next);
    left.delete(next);
  }
  return order;
}

/** Whether the text says exactly these statements, wherever they stand. */
function sameBut(text: string, wanted: readonly Statement[]): boolean {
  const shape = (statements: readonly Statement[]): string =>
    JSON.stringify(statements, (key, value: unknown) => (key === 'line' ? undefined : value));
  try {
    return shape(parseKeepalivedConf(text)) === shape(wanted);
  } catch (error) {
    if (error instanceof KeepalivedSyntaxError) return false;
    throw error;
  }
}
