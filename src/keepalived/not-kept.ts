import { wordsByAddress } from './kinds/addresses.ts';
import type { Statement } from './parse.ts';
import { HEADER } from './render.ts';
import { pairRouters, type RouterPair } from './router-pairs.ts';
import { inside } from './statements.ts';
import { BLOCKS } from './table/blocks.ts';

/** Something of a keepalived.conf that keepalived would not have any more by another one. */
export interface NotKept {
  /** The line that it starts on, from 1. */
  readonly line: number;
  /** keepalived's own word for it, by which an inventory lets it go: "virtual_server". */
  readonly keyword: string;
  /** "virtual_server 192.0.2.10 443", "203.0.113.21 of vrrp_instance VI_1". */
  readonly what: string;
}

export interface Successor {
  readonly statements: readonly Statement[];
  /** Scripts of the administrator's run at changes of state, by whatever line. */
  readonly notifies: boolean;
}

/** What stands elsewhere than where it stood: one line of haprov's runs all scripts, one of global_defs makes all mails. */
interface Own {
  readonly notifies: boolean;
  readonly mails: boolean;
}

/** What haprov says by its own means, in every file that it writes. */
const SETTLED_GLOBALS = ['router_id', 'script_user', 'enable_script_security'];
/** What an instance cannot be without, or what another line of it says as well. */
const SETTLED = [
  'state',
  'interface',
  'virtual_router_id',
  'priority',
  'advert_int',
  'authentication',
  'preempt',
  'debug',
];
/** Blocks that count by what uses them. */
const USED = [
  'global_defs',
  'vrrp_instance',
  'vrrp_script',
  'vrrp_sync_group',
  'track_file',
  'vrrp_track_file',
  'vrrp_track_process',
];
const ADDRESSES = ['virtual_ipaddress', 'virtual_ipaddress_excluded'] as const;

/**
 * What of a keepalived.conf its successor does not keep: blocks, instances, addresses, what is tracked, notify scripts, and every
 * word of an instance or of global_defs that the successor does not have. A word that it has with another value is a change, and no loss.
 * In a file that haprov wrote only blocks that haprov never writes count: the rest is the inventory's to change. Pure.
 */
export function notKept(text: string, old: readonly Statement[], next: Successor): readonly NotKept[] {
  const { statements, notifies } = next;
  const own = { notifies, mails: inside(statements, 'global_defs').some(({ keyword }) => keyword === 'smtp_alert') };
  const foreign = blocksNotKept(old, statements);
  if (text.startsWith(HEADER)) return foreign.filter(({ keyword }) => !(keyword in BLOCKS) && keyword !== 'include');
  const before = resolved(old);
  const pairs = pairRouters(before, statements);
  return [
    ...foreign,
    ...globalsNotKept(before, statements),
    ...instancesNotKept(before, statements, pairs, own),
    ...groupsNotKept(before, statements, pairs, own),
  ].toSorted((a, b) => a.line - b.line);
}

function blocksNotKept(old: readonly Statement[], next: readonly Statement[]): readonly NotKept[] {
  const heads = new Set(next.map(headOf));
  return old.flatMap((one): NotKept[] => {
    const { keyword, line } = one;
    if (keyword.startsWith('$') || USED.includes(bare(one).keyword) || heads.has(headOf(one))) return [];
    return [{ line, keyword: bare(one).keyword, what: headOf(one) }];
  });
}

function globalsNotKept(old: readonly Statement[], next: readonly Statement[]): readonly NotKept[] {
  const kept = new Set([...SETTLED_GLOBALS, ...inside(next, 'global_defs').map(({ keyword }) => keyword)]);
  return inside(old, 'global_defs').flatMap(({ keyword, args, line }) =>
    kept.has(keyword) ? [] : [{ line, keyword, what: [keyword, ...args].join(' ') }],
  );
}

function instancesNotKept(
  old: readonly Statement[],
  next: readonly Statement[],
  pairs: readonly RouterPair[],
  own: Own,
): readonly NotKept[] {
  const kept = new Set(
    blocksNamed(next, 'vrrp_instance').flatMap(({ children = [] }) =>
      ADDRESSES.flatMap((keyword) => [...wordsByAddress(children, keyword).keys()]),
    ),
  );
  return blocksNamed(old, 'vrrp_instance').flatMap(({ args: [name = ''], children = [], line }) => {
    const successor = pairs.find((pair) => pair.old?.name === name)?.next;
    const of = `vrrp_instance ${name}`;
    if (successor === undefined) return [{ line, keyword: 'vrrp_instance', what: of }];
    const words = new Set(successor.body.map(({ keyword }) => keyword));
    const gone = children.filter(({ keyword }) => !SETTLED.includes(keyword) && !isKept(keyword, words, own));
    return [
      ...ADDRESSES.flatMap((keyword) => addressesNotKept(children, keyword, kept, of)),
      ...gone.map(({ keyword, args, line: at }) => ({
        line: at,
        keyword,
        what: `${[keyword, ...args].join(' ')} of ${of}`,
      })),
      ...membersNotKept(children, successor.body, of),
    ];
  });
}

function addressesNotKept(
  body: readonly Statement[],
  keyword: (typeof ADDRESSES)[number],
  kept: ReadonlySet<string>,
  of: string,
): readonly NotKept[] {
  return body
    .filter((one) => one.keyword === keyword)
    .flatMap(({ children = [] }) => children)
    .flatMap((entry) => {
      const one: Statement = { keyword, args: [], children: [entry], line: entry.line };
      const lost = [...wordsByAddress([one], keyword).keys()].filter((address) => !kept.has(address));
      return lost.map((address) => ({ line: entry.line, keyword, what: `${address} of ${of}` }));
    });
}

/** Of what is tracked: as many scripts as before, whatever their names; interfaces, processes and files by their names. */
function membersNotKept(old: readonly Statement[], next: readonly Statement[], of: string): readonly NotKept[] {
  return ['track_script', 'track_interface', 'track_process', 'track_file', 'track_bfd'].flatMap((keyword) => {
    const names = inside(next, keyword).map((one) => one.keyword);
    const before = inside(old, keyword).filter((one) => !names.includes(one.keyword));
    if (names.length === 0) return [];
    const spare =
      keyword === 'track_script'
        ? names.filter((name) => !inside(old, keyword).some((one) => one.keyword === name))
        : [];
    return before
      .slice(spare.length)
      .map((one) => ({ line: one.line, keyword, what: `${keyword} ${one.keyword} of ${of}` }));
  });
}

function groupsNotKept(
  old: readonly Statement[],
  next: readonly Statement[],
  pairs: readonly RouterPair[],
  own: Own,
): readonly NotKept[] {
  const groups = blocksNamed(next, 'vrrp_sync_group').map(({ children = [] }) => ({
    members: inside(children, 'group').map(({ keyword }) => keyword),
    words: new Set(children.map(({ keyword }) => keyword)),
  }));
  return blocksNamed(old, 'vrrp_sync_group').flatMap(({ args: [name = ''], children = [], line }) => {
    const members = inside(children, 'group').map(
      ({ keyword }) => pairs.find(({ old: one }) => one?.name === keyword)?.next?.name,
    );
    const of = `vrrp_sync_group ${name}`;
    const successor = groups.find((group) =>
      members.every((member) => member !== undefined && group.members.includes(member)),
    );
    if (successor === undefined) return [{ line, keyword: 'vrrp_sync_group', what: of }];
    const gone = children.filter(({ keyword }) => keyword !== 'group' && !isKept(keyword, successor.words, own));
    return gone.map(({ keyword, args, line: at }) => ({
      line: at,
      keyword,
      what: `${[keyword, ...args].join(' ')} of ${of}`,
    }));
  });
}

function isKept(keyword: string, words: ReadonlySet<string>, { notifies, mails }: Own): boolean {
  if (ADDRESSES.some((one) => one === keyword)) return true;
  if (keyword.startsWith('notify')) return notifies;
  return words.has(keyword) || (keyword === 'smtp_alert' && mails);
}

const blocksNamed = (statements: readonly Statement[], kind: string): readonly Statement[] =>
  statements.filter(({ keyword }) => keyword === kind);

const headOf = (one: Statement): string => {
  const { keyword, args } = bare(one);
  return [keyword, ...args].join(' ');
};

/** Without the condition in front (`@lb1 priority 100`): what one host has is there. */
function bare(one: Statement): Statement {
  const [keyword, ...args] = one.args;
  return one.keyword.startsWith('@') && keyword !== undefined ? { ...one, keyword, args } : one;
}

/** Without conditions, and with definitions (`$VIP=192.0.2.10`) put in where they are used. */
function resolved(statements: readonly Statement[]): readonly Statement[] {
  const values = new Map<string, string>();
  for (const { keyword, args } of statements) {
    const [, name = '', value = ''] = /^\$(\w+)=(.*)$/.exec([keyword, ...args].join(' ')) ?? [];
    if (name !== '') values.set(name, value);
  }
  const word = (text: string): string =>
    text.replace(/\$\{?(\w+)\}?/g, (whole, name: string) => values.get(name) ?? whole);
  const each = (one: Statement): Statement => {
    const { keyword, args, children, line } = bare(one);
    return {
      keyword: word(keyword),
      args: args.map(word),
      line,
      ...(children === undefined ? {} : { children: children.map(each) }),
    };
  };
  return statements.map(each);
}
