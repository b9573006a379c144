import { z } from 'zod';
import { flag, map, named, whole } from '../fields.ts';
import { blockName, linkName, UnsafeValueError, wholeNumber } from '../guard.ts';
import type { Frame, Kind, Table, Values } from '../keyword.ts';
import { INTERFACE, isInclude, isName } from '../names.ts';
import { block, inside } from '../statements.ts';

/** A value that is the same on all hosts, or one for each by its name. */
export type Spread<T> = T | Readonly<Record<string, T>>;

/** Something that keepalived watches beside its checks, and what its failure does to an instance. */
export interface Tracked {
  /** The key in the inventory; of an interface, where it has no name of its own, the interface. */
  readonly name: string;
  /** 0: FAULT where it fails. Else what the priority gains or loses. */
  readonly weight: Spread<number>;
  /** Counts as failed where it would count as good, and the other way round. */
  readonly reverse: boolean;
  /** Of an interface: its name. */
  readonly interface?: Spread<string>;
  /** Keywords of the block that it has in keepalived.conf. */
  readonly block?: Values;
}

const WORDS = /^(\S+)(?: weight (-?\d{1,3})( reverse| noreverse)?)?$/;

interface Form {
  /** What it is, for messages: "an interface". */
  readonly what: string;
  readonly example: string;
  readonly most: number;
  readonly standard: number;
  readonly block?: Table;
  readonly isName: (name: string) => boolean;
}

/** Things that an instance tracks: names in a list, or a map with what is to be said of each. */
function tracked(form: Form): Kind<readonly Tracked[], unknown> {
  const { what, example, most } = form;
  const own = Object.fromEntries(
    Object.entries(form.block ?? {}).flatMap(([key, { kind }]) =>
      key === 'weight' || kind.schema === undefined ? [] : [[key, kind.schema.optional()]],
    ),
  );
  const weight = whole(-most, most);
  const entry = map(
    {
      weight: z
        .union([weight, named(weight, 'a weight for each host')], {
          error: `must be a whole number from ${-most} to ${most}, or a map of host names`,
        })
        .optional(),
      reverse: flag().optional(),
      ...(what === 'an interface' ? { interface: interfaces.optional() } : {}),
      ...own,
    },
    `a map such as { weight: -30 }, or {}`,
  );
  const message = `must be a list or a map such as ${example}`;
  const name = z
    .string({ error: `must be ${what}` })
    .refine(
      (text) => form.isName(WORDS.exec(text.trim())?.[1] ?? ''),
      `must be ${what}, with \`weight NUMBER\` at most`,
    );
  const list = z.array(name, { error: message }).min(1, 'must name one').max(100, 'must be at most 100');
  return {
    type: 'plain',
    schema: z.union([list, named(entry, message.replace('must be ', ''))], { error: message }),
    must: message,
    says: 'a list or a map',
    build: (written) => entriesOf(written).map(([key, said]) => trackedOf(key, said, form)),
    forHost: (value, host) => value.map((one) => settle(one, host)),
    write: (keyword, value, frame) => {
      const all = listOf(value);
      return all.length === 0
        ? []
        : block(
            keyword,
            all.map((one) => lineOf(one, keyword, form, frame)),
          );
    },
    read: (keyword, body) => {
      const all = inside(body, keyword).map(({ keyword: first, args }) =>
        trackedOf(first, wordsOf(args.join(' ')), form),
      );
      return all.length === 0 ? undefined : all;
    },
  };
}

const interfaces = z.union(
  [
    z.string().refine((link) => INTERFACE.test(link) && !isInclude(link), 'must be an interface name such as eth0'),
    named(
      z.string().refine((link) => INTERFACE.test(link) && !isInclude(link), 'must be an interface name such as eth0'),
      'an interface for each host',
    ),
  ],
  { error: 'must be an interface name such as eth0, or a map of host names' },
);

function entriesOf(written: unknown): readonly (readonly [string, Values])[] {
  if (Array.isArray(written))
    return written.map((text) => {
      const [, name = '', ...rest] = WORDS.exec(String(text).trim()) ?? [];
      return [name, wordsOf(`weight ${rest[0] ?? ''}${rest[1] ?? ''}`)] as const;
    });
  return Object.entries(written ?? {}).map(([name, said]) => [name, { ...said }] as const);
}

function wordsOf(text: string): Values {
  const [, weight, reverse] = /^weight (-?\d+)( reverse)?/.exec(text) ?? [];
  return weight === undefined ? {} : { weight: Number(weight), reverse: reverse !== undefined };
}

function trackedOf(name: string, said: Values, form: Form): Tracked {
  const { weight, reverse, interface: link, ...rest } = said;
  return {
    name,
    // The schema has passed them.
    weight: (weight ?? form.standard) as Spread<number>,
    reverse: reverse === true,
    ...(form.what === 'an interface' ? { interface: (link ?? name) as Spread<string> } : {}),
    ...(form.block === undefined ? {} : { block: { ...standard(form.block, name), ...rest } }),
  };
}

/** A process is called as its key where nothing else is said. */
function standard(table: Table, name: string): Values {
  return 'process' in table ? { process: name } : {};
}

function settle(one: Tracked, host: string): Tracked {
  const { weight, interface: link } = one;
  return {
    ...one,
    weight: atHost(weight, host) ?? 0,
    ...(link === undefined ? {} : { interface: atHost(link, host) ?? one.name }),
  };
}

/** The value that a host has. */
export function atHost<T extends string | number>(value: Spread<T>, host: string): T | undefined {
  if (typeof value !== 'object') return value;
  return Object.hasOwn(value, host) ? value[host] : undefined;
}

/** What a block of keepalived.conf can hold of it. */
export function listOf(value: unknown): readonly Tracked[] {
  return Array.isArray(value) ? value : [];
}

function lineOf(
  { name, weight, reverse, interface: link }: Tracked,
  keyword: string,
  form: Form,
  { of }: Frame,
): string {
  const field = of(keyword);
  const first = link === undefined ? blockName(name, field) : linkName(link, field);
  if (typeof weight !== 'number') throw new UnsafeValueError(`weight in ${field}`, 'a number');
  const said = weight !== form.standard || reverse;
  return said
    ? `${first} weight ${wholeNumber(weight, -form.most, form.most, field)}${reverse ? ' reverse' : ''}`
    : first;
}

export const trackedInterfaces = tracked({
  what: 'an interface',
  example: '[eth0, bond1] or { bond1: { weight: -30 } }',
  most: 253,
  standard: 0,
  isName: (name) => INTERFACE.test(name) && !isInclude(name),
});

export const trackedBfd = tracked({
  what: 'the name of a bfd_instance',
  example: '[peer1]',
  most: 253,
  standard: 0,
  isName,
});

/** Processes; `table`: the keywords of their blocks. */
export function trackedProcesses(table: Table) {
  return tracked({
    what: 'the name of a process',
    example: '{ dockerd: { delay: 5 } }',
    most: 253,
    standard: 0,
    block: table,
    isName,
  });
}

/** Files; `table`: the keywords of their blocks. */
export function trackedFiles(table: Table) {
  return tracked({
    what: 'the name of a track_file',
    example: '{ drain: { file: /run/keepalived/drain, weight: 0 } }',
    most: 253,
    standard: 1,
    block: table,
    isName,
  });
}
