import { isDeepStrictEqual } from 'node:util';
import { ofFirst } from './context.ts';
import { type DumpBlock, dumpBlocks, dumpSection } from './dump.ts';
import { GLOBAL_LINES } from './global-lines.ts';
import { INSTANCE_KEYWORDS } from './instance-keywords.ts';
import type { RandomInventory } from './random-inventory.ts';
import { pairsOf } from './routes.ts';
import { saidOf } from './said.ts';

/** Where a dump of keepalived says another thing than the inventory. */
export interface Difference {
  /** As "VI_1 priority". */
  readonly key: string;
  readonly title: string;
  readonly wanted: unknown;
  readonly said: unknown;
}

/** Everything of an inventory that keepalived reports otherwise, or not at all. Pure. */
export function differences({ written, settings }: RandomInventory, dump: string): readonly Difference[] {
  const { c } = written.clusters;
  const lines = [c.keepalived['global_defs'] ?? []].flat().map(String);
  const fromGlobals = lines.flatMap((line) => GLOBAL_LINES[line]?.instances ?? []);
  const instances = dumpBlocks(dump, 'VRRP Instance');
  const own = settings.flatMap((setting) => {
    const block = instances.get(setting.name);
    const said = c.vrrp_instances[setting.name] ?? {};
    if (block === undefined)
      return [{ key: setting.name, title: 'VRRP Instance', wanted: setting.name, said: undefined }];
    return Object.entries(INSTANCE_KEYWORDS).flatMap(([keyword, { shows }]) => {
      const value = ofFirst(said[keyword]);
      const expected = shows?.(value, setting) ?? [];
      return expected.flatMap(([title, is]) => {
        const family = `${is ?? ''}`.includes(':') ? ':' : '.';
        const global = fromGlobals.find(
          ([one, value]) =>
            one === title && (title !== 'Multicast address' || (is !== undefined && value.includes(family))),
        );
        return compare(`${setting.name} ${keyword}`, block, title, value === undefined ? (global?.[1] ?? is) : is);
      });
    });
  });
  return [
    ...own,
    ...checks(c.vrrp_instances, dump),
    ...tracked(written, dump),
    ...groups(written, dump),
    ...globals(lines, dump),
    ...statics(c.keepalived, dump),
  ];
}

function compare(key: string, block: DumpBlock | undefined, title: string, wanted: unknown): Difference[] {
  const said = block === undefined ? 'no such block' : saidOf(block, title);
  return isDeepStrictEqual(said, wanted) ? [] : [{ key, title, wanted, said }];
}

type Named = Readonly<Record<string, unknown>>;

function entries(value: unknown): readonly (readonly [string, Named])[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

function checks(instances: Readonly<Record<string, Named>>, dump: string): readonly Difference[] {
  const blocks = dumpBlocks(dump, 'VRRP Script');
  return Object.values(instances).flatMap((instance) =>
    entries(instance['track_script']).flatMap(([name, check]) =>
      [
        ['Interval', `${check['interval']} sec`],
        ['Timeout', `${check['timeout']} sec`],
        ['Weight', String(check['weight'] ?? 0)],
        ['Rise', String(check['rise'])],
        ['Fall', String(check['fall'])],
        ['Script uid:gid', check['user'] === undefined ? '0:0' : '65534:65534'],
      ].flatMap(([title = '', is]) => compare(`check ${name}`, blocks.get(name), title, is)),
    ),
  );
}

function tracked({ clusters: { c } }: RandomInventory['written'], dump: string): readonly Difference[] {
  const owners = [...Object.values(c.vrrp_instances), ...Object.values(c.vrrp_sync_groups ?? {})];
  const processes = dumpBlocks(dump, 'VRRP Track process');
  const files = dumpBlocks(dump, 'Track file');
  return owners.flatMap((owner) => [
    ...entries(owner['track_process']).flatMap(([name, own]) => {
      const delay = (key: string): string => {
        const value = own[key] ?? own['delay'];
        return `${Number(value ?? 0).toFixed(6)}s`;
      };
      const [program, ...words] = String(own['process'] ?? name).split(' ');
      return [
        ['Process', program],
        ['Min processes', String(own['quorum'] ?? 1)],
        ['Max processes', own['quorum_max'] === undefined ? undefined : String(own['quorum_max'])],
        ['Terminate delay', delay('terminate_delay')],
        ['Fork delay', delay('fork_delay')],
        ['Full command', own['full_command'] === true || words.length > 0 ? 'true' : 'false'],
      ].flatMap(([title = '', is]) => compare(`process ${name}`, processes.get(name), title, is));
    }),
    ...entries(owner['track_file']).flatMap(([name, own]) =>
      compare(`file ${name}`, files.get(name), 'File', String(own['file'])),
    ),
  ]);
}

function groups({ clusters: { c } }: RandomInventory['written'], dump: string): readonly Difference[] {
  const blocks = dumpBlocks(dump, 'VRRP Sync Group');
  return Object.entries(c.vrrp_sync_groups ?? {}).flatMap(([name, own]) =>
    (
      [
        ['VRRP member instances', own['group']],
        ['Using smtp notification', own['smtp_alert'] === true ? 'yes' : 'no'],
        ['Notify priority changes', own['notify_priority_changes'] === true ? 'yes' : undefined],
        [
          'Tracked interfaces',
          Array.isArray(own['track_interface']) ? own['track_interface'].map((one) => `${one} weight 0`) : undefined,
        ],
        ['Tracked process', own['track_process'] === undefined ? undefined : ['group_proc, weight 0']],
        ['Tracked files', own['track_file'] === undefined ? undefined : ['group_file, weight 0']],
      ] as const
    ).flatMap(([title, is]) => compare(`group ${name}`, blocks.get(name), title, is)),
  );
}

function globals(lines: readonly string[], dump: string): readonly Difference[] {
  const section = dumpSection(dump, 'Global definitions');
  return lines.flatMap((line): Difference[] => {
    const shows = GLOBAL_LINES[line]?.shows;
    return shows === undefined || section.includes(shows)
      ? []
      : [{ key: `global_defs ${line}`, title: shows, wanted: shows, said: undefined }];
  });
}

function statics(keepalived: Named, dump: string): readonly Difference[] {
  return (
    [
      ['static_routes', 'Static Routes'],
      ['static_rules', 'Static Rules'],
    ] as const
  ).flatMap(([key, title]): Difference[] => {
    const wanted = [keepalived[key] ?? []].flat().map(String).map(pairsOf);
    const said = dumpSection(dump, title).map(pairsOf);
    return isDeepStrictEqual(said, wanted) ? [] : [{ key, title, wanted, said }];
  });
}
