import { inside } from '../../keepalived/statements.ts';
import type { SecretForm } from './auth-lines.ts';
import { fragmentLines } from './fragment-lines.ts';
import { globalLines } from './global-lines.ts';
import { groupHosts, type HostGroup } from './group-hosts.ts';
import { groupLines } from './group-lines.ts';
import { instanceLines } from './instance-lines.ts';
import { EMPTY, type FoundHost, joined, type Line, type Part, type Trouble } from './model.ts';
import { type Held, troubleAt } from './places.ts';

export interface AdoptOptions {
  readonly secrets: SecretForm;
}

/** An inventory of hosts that run keepalived already: its lines, the files beside it, and what stands against it. Pure. */
export function adoptHosts(hosts: readonly FoundHost[], { secrets }: AdoptOptions): Part {
  const unread = hosts.flatMap((host) =>
    host.config.unresolved.map((one): Trouble => ({ host: host.name, file: one.file, line: one.line, why: one.why })),
  );
  if (unread.length > 0) return { ...EMPTY, refused: unread };
  const groups = groupHosts(hosts);
  const names = clusterNames(groups);
  return joined([
    ...groups.map((group, index) => clusterPart(group, names[index] ?? 'cluster', secrets)),
    { ...EMPTY, files: hosts.flatMap(copiesOf) },
  ]);
}

/** One name for a lone cluster; else each by its first host. */
function clusterNames(groups: readonly HostGroup[]): readonly string[] {
  if (groups.length === 1) return ['adopted'];
  return groups.map(({ hosts: [first] }) => (first?.name ?? 'host').replace(/[^A-Za-z0-9_.-]/g, '_'));
}

function clusterPart(group: HostGroup, cluster: string, secrets: SecretForm): Part {
  const { hosts, instances } = group;
  const path = ['clusters', cluster];
  const whole = hosts.flatMap((host): readonly Held[] => {
    const block = { keyword: 'keepalived.conf', args: [], line: 1, children: host.config.statements };
    return [{ host, block }];
  });
  const none = whole.filter(({ host }) => !instances.some(({ held }) => held.some((one) => one.host === host)));
  if (none.length > 0)
    return { ...EMPTY, refused: none.map((one) => troubleAt(one, undefined, 'there is no vrrp_instance here')) };
  const partial = instances.flatMap(({ name, held }) => {
    const missing = hosts.filter((host) => held.every((one) => one.host !== host));
    const [first] = held;
    return missing.length === 0 || first === undefined
      ? []
      : [
          troubleAt(
            first,
            undefined,
            `vrrp_instance ${name} is not on ${missing.map((host) => host.name).join(', ')}, which shares others with ${first.host.name}`,
          ),
        ];
  });
  if (partial.length > 0) return { ...EMPTY, refused: partial };
  const inventoryNames = new Map(
    instances.flatMap(({ name, held }) =>
      held.map(({ host, block }) => [`${host.name} ${block.args[0] ?? ''}`, name] as const),
    ),
  );
  const first: readonly Line[] = [
    {
      path: [...path, 'service'],
      value: 'none',
      from: 'haprov watches no service of its own here: the checks below are those that keepalived had',
    },
    ...hosts.map(
      (host): Line => ({
        path: [...path, 'hosts', host.name],
        value: host.ssh === undefined ? host.address : { address: host.address, ssh: host.ssh },
      }),
    ),
  ];
  return joined([
    { ...EMPTY, lines: first },
    ...syncGroups(whole, cluster, inventoryNames),
    ...instances.map(({ name, held }) =>
      instanceLines(
        name,
        held,
        cluster,
        hosts.map((host) => host.name),
        secrets,
      ),
    ),
    ...instances.map(renamed),
    globalLines(whole, cluster),
    fragmentLines(whole, cluster),
    options(whole, path),
  ]);
}

function syncGroups(whole: readonly Held[], cluster: string, names: ReadonlyMap<string, string>): readonly Part[] {
  const all = whole.flatMap(({ host }) =>
    host.config.statements
      .filter(({ keyword }) => keyword === 'vrrp_sync_group')
      .map((block): Held => ({ host, block })),
  );
  const groups = [...new Set(all.map(({ block }) => block.args[0] ?? ''))];
  return groups.map((name) => {
    const held = all.filter(({ block }) => block.args[0] === name);
    const [one] = held;
    if (held.length === whole.length || one === undefined) return groupLines(name, held, cluster, names);
    return { ...EMPTY, refused: [troubleAt(one, undefined, `only ${one.host.name} has vrrp_sync_group ${name}`)] };
  });
}

function renamed({ name, held }: HostGroup['instances'][number]): Part {
  return {
    ...EMPTY,
    notes: held.flatMap((one) =>
      one.block.args[0] === name
        ? []
        : [
            troubleAt(
              one,
              undefined,
              `vrrp_instance ${one.block.args[0]} becomes ${name}, as on ${held[0]?.host.name}`,
            ),
          ],
    ),
  };
}

/** keepalived -D; what else it was started with is said. */
function options(whole: readonly Held[], path: readonly string[]): Part {
  const detail = whole.some(({ host }) => /(?:^|\s)(?:-D|--log-detail)(?:\s|$)/.test(host.options));
  const notes = whole.flatMap((one) => {
    const { root } = one.host.sources;
    return [
      ...(root === '/etc/keepalived/keepalived.conf'
        ? []
        : [
            troubleAt(
              one,
              undefined,
              `keepalived reads ${root}; haprov writes /etc/keepalived/keepalived.conf: take -f out of its options first`,
            ),
          ]),
    ];
  });
  const names = whole.flatMap((one) =>
    inside(one.host.config.statements, 'global_defs')
      .filter(({ keyword }) => keyword === 'router_id')
      .map((at) => ({ one, at })),
  );
  const ids = names
    .filter(({ one, at }) => at.args[0] !== one.host.name)
    .map(({ one, at }) =>
      troubleAt(one, at, `router_id becomes ${one.host.name}: it stands in mails and in the log alone`),
    );
  return {
    ...EMPTY,
    lines: detail
      ? [{ path: [...path, 'keepalived', 'log_detail'], value: true, from: 'keepalived runs with -D' }]
      : [],
    refused: notes,
    notes: ids,
  };
}

/** The scripts of a host as they are, for reading: what runs stays on the host. */
function copiesOf(host: FoundHost): Part['files'] {
  return [...host.scripts].map(([path, text]) => ({
    path: `copies/${host.name}${path}`,
    text: `${text}`,
    mode: 0o600,
  }));
}

/** What stands against an inventory or beside it, a line each: "lb1 /etc/keepalived/keepalived.conf:12 …". */
export function troubleText({ host, file, line, why }: Trouble): string {
  return `${host} ${file}:${line} ${why}`;
}
