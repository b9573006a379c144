import type { Keyword } from '../../keepalived/keyword.ts';
import { readBlock } from '../../keepalived/read.ts';
import { inside } from '../../keepalived/statements.ts';
import { VRRP_INSTANCE } from '../../keepalived/table/vrrp-instance.ts';
import { addressLines } from './address-lines.ts';
import { authLines, type SecretForm } from './auth-lines.ts';
import { checkLines } from './check-lines.ts';
import { mergeValues } from './merge-values.ts';
import { EMPTY, joined, type Part } from './model.ts';
import { notifyLines } from './notify-lines.ts';
import { bodyOf, type Held, textOf, troubleAt } from './places.ts';
import { trackedLines } from './tracked-lines.ts';
import { unicastLines } from './unicast-lines.ts';

/** Forms of their own, each in a file beside this one. */
const SPECIAL = new Set([
  'virtual_ipaddress',
  'virtual_ipaddress_excluded',
  'auth_pass',
  'unicast',
  'track_script',
  'track_interface',
  'track_process',
  'track_file',
  'track_bfd',
  'extra',
]);
/** Words that come with those, or that change nothing. */
const QUIET = new Set([
  'authentication',
  'unicast_src_ip',
  'unicast_peer',
  'state',
  'preempt',
  'native_ipv6',
  'debug',
  'lvs_sync_daemon_interface',
  'accept',
]);

/** An instance of several hosts as lines of their cluster. */
export function instanceLines(
  name: string,
  held: readonly Held[],
  cluster: string,
  hosts: readonly string[],
  secrets: SecretForm,
): Part {
  const path = ['clusters', cluster, 'vrrp_instances', name];
  const rows: readonly (readonly [string, Keyword])[] = Object.entries(VRRP_INSTANCE);
  const plain = rows.filter(
    ([keyword, row]) => !SPECIAL.has(keyword) && row.inventory !== false && row.deprecated !== true,
  );
  return joined([
    ...plain.map(([keyword, row]) => mergeValues(keyword, row, held, path, (one) => valueIn(keyword, row, one))),
    addressLines('virtual_ipaddress', held, path),
    addressLines('virtual_ipaddress_excluded', held, path),
    authLines(held, path, `${cluster}-${name}`, secrets),
    unicastLines(held, path, hosts),
    checkLines(held, path),
    trackedLines(held, path),
    notifyLines(held, [...path, 'notify'], `${cluster}-${name}`),
    ...held.map((one) => strangers(one, path)),
    ...held.map(preemption),
  ]);
}

function valueIn(keyword: string, row: Keyword, one: Held): unknown {
  const globals = inside(one.host.config.statements, 'global_defs');
  const body = bodyOf(one);
  const whole: Readonly<Record<string, unknown>> = readBlock(VRRP_INSTANCE, body, globals);
  if (keyword === 'priority' || keyword === 'interface' || keyword === 'virtual_router_id') return whole[keyword];
  if (keyword === 'version') return whole['version'] === 3 ? 3 : undefined;
  // keepalived takes nopreempt back where the state is MASTER.
  if (keyword === 'nopreempt') return whole['nopreempt'] === true && !isMaster(one) ? true : undefined;
  const value = row.kind.read(keyword, body);
  return value === false && row.default === false ? undefined : value;
}

function isMaster(one: Held): boolean {
  return bodyOf(one).findLast(({ keyword }) => keyword === 'state')?.args[0] === 'MASTER';
}

function preemption(one: Held): Part {
  const statement = bodyOf(one).find(({ keyword }) => keyword === 'nopreempt');
  if (statement === undefined || !isMaster(one)) return EMPTY;
  return {
    ...EMPTY,
    notes: [
      troubleAt(
        one,
        statement,
        'nopreempt does nothing beside state MASTER: this host preempts, as the inventory has it',
      ),
    ],
  };
}

/** Words that the inventory has no key for: as they stand where keepalived may have them so, refused where it may not. */
function strangers(one: Held, path: readonly string[]): Part {
  const rows: Readonly<Record<string, Keyword>> = VRRP_INSTANCE;
  const unknown = bodyOf(one).filter(({ keyword }) => {
    if (QUIET.has(keyword) || /^notify(?:$|_)/.test(keyword)) return false;
    return !Object.hasOwn(rows, keyword) || rows[keyword]?.inventory === false;
  });
  return joined(
    unknown.map((statement): Part => {
      const why = `${textOf(statement)} has no place in an inventory`;
      if (Object.hasOwn(rows, statement.keyword) || statement.children !== undefined)
        return { ...EMPTY, refused: [troubleAt(one, statement, why)] };
      return { ...EMPTY, lines: [{ path: [...path, 'extra', '+'], value: textOf(statement) }] };
    }),
  );
}
