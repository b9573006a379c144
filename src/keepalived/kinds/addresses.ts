import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { expandRange } from '../address-range.ts';
import { interfaceName, map, perHost } from '../fields.ts';
import { ipAddress, linkName, plainWord, UnsafeValueError, wholeNumber } from '../guard.ts';
import type { Frame, Kind, Values } from '../keyword.ts';
import type { Statement } from '../parse.ts';
import { block, inside, wordOf } from '../statements.ts';
import { parseVip, type VirtualAddress, type WrittenVip } from '../vip.ts';
import { atHost } from './tracked.ts';

const ADDRESS = 'must be an IP address with its prefix, as 192.168.1.100/24';

const text = z.string({ error: ADDRESS }).superRefine((written, context) => {
  const parsed = parseEach(written);
  if ('reason' in parsed) context.addIssue({ code: 'custom', message: parsed.reason });
});

/** An address with an interface for each host, which keepalived's own words cannot say. */
const entry = map(
  {
    address: text,
    dev: perHost(interfaceName, 'an interface name such as eth0, or a map of host names').optional(),
  },
  '{ address: ADDRESS/PREFIX, dev: INTERFACE }',
);

/** An address as the inventory has it. */
export type WrittenAddress =
  | string
  | { readonly address: string; readonly dev?: string | Record<string, string> | undefined };

const vip = z.union([text, entry], { error: ADDRESS });

/** What an entry stands for: one address, or those of a range. `reason`: what it must be instead. */
export function parseEach(written: string): { readonly vips: readonly WrittenVip[] } | { readonly reason: string } {
  const range = expandRange(written);
  if ('reason' in range) return range;
  const parsed = range.texts.map(parseVip);
  const bad = parsed.find((one) => 'reason' in one);
  if (bad !== undefined && 'reason' in bad) return bad;
  return { vips: parsed.flatMap((one) => ('vip' in one ? [one.vip] : [])) };
}

/** The addresses of an entry, its interface from wherever it is written. */
export function vipsOfEntry(written: WrittenAddress): readonly WrittenVip[] {
  const parsed = parseEach(typeof written === 'string' ? written : written.address);
  if ('reason' in parsed) return [];
  const dev = typeof written === 'string' ? undefined : written.dev;
  return dev === undefined ? parsed.vips : parsed.vips.map((one): WrittenVip => ({ ...one, dev }));
}

function listSchema(most: number) {
  return z
    .array(vip, { error: 'must be a list of addresses such as [192.168.1.100/24]' })
    .min(1, 'must have at least one address')
    .max(most, `must have at most ${most} addresses`);
}

/**
 * Addresses that an instance adds and removes. Those of the other family than the instance's go to KEYWORD_excluded, as
 * keepalived wants one family in an instance.
 */
export const addresses: Kind<readonly VirtualAddress[], WrittenAddress[]> = {
  type: 'plain',
  schema: listSchema(255),
  says: 'a list',
  build: (written) => written.flatMap((one) => vipsOfEntry(one).map(plainOf)),
  forHost: (value, host) =>
    value.map(({ dev, ...rest }) => {
      const here = dev === undefined ? undefined : atHost(dev, host);
      return here === undefined ? rest : { ...rest, dev: here };
    }),
  write: (keyword, value, frame) => {
    const all = listOf(value, frame.of(keyword));
    const excluded = all.filter(({ family }) => family !== frame.family);
    const lines = (list: readonly VirtualAddress[]): string[] => list.map((one) => lineOf(one, keyword, frame));
    return [
      ...block(keyword, lines(all.filter(({ family }) => family === frame.family))),
      ...(excluded.length === 0 ? [] : block(`${keyword}_excluded`, lines(excluded))),
    ];
  },
  read: (keyword, body) =>
    inside(body, keyword).flatMap((statement): VirtualAddress[] => {
      const words = [statement.keyword, ...statement.args];
      const whole = parseVip(words.join(' '));
      if ('vip' in whole) return [elsewhere(plainOf(whole.vip), body)];
      const label = words.indexOf('label');
      // What haprov has no value for (brd, scope) is passed over.
      const parsed = parseVip([addressIn(words), ...(label < 0 ? [] : words.slice(label, label + 2))].join(' '));
      return 'vip' in parsed ? [plainOf(parsed.vip)] : [];
    }),
  show: ({ lines }) => shownAddresses(lines),
  notice: (keyword, old, next) => {
    const [before, after] = [wordsByAddress(old.body, keyword), wordsByAddress(next.body, keyword)];
    return [
      ...[...after].flatMap(([gets, text]) => (before.has(gets) ? [] : [{ key: keyword, detail: `+ ${text}`, gets }])),
      ...[...before].flatMap(([vip, text]) => (after.has(vip) ? [] : [{ key: keyword, detail: `- ${text}` }])),
    ];
  },
  differ: (keyword, body, live) => {
    const said = [...wordsByAddress(body, keyword).keys()].filter((word) => isAddress(word)).sort();
    const runs = heldBy(live).toSorted();
    return said.join(' ') === runs.join(' ')
      ? []
      : [`holds ${runs.join(' ') || 'no VIP'}, not ${said.join(' ') || 'none'}`];
  },
};

/** Addresses that are in no advert: of either family, and as many as wanted. */
export const excludedAddresses: Kind<readonly VirtualAddress[], WrittenAddress[]> = {
  ...addresses,
  schema: listSchema(1000),
  write: (keyword, value, frame) => {
    const all = listOf(value, frame.of(keyword));
    return block(
      keyword,
      all.map((one) => lineOf(one, keyword, frame)),
    );
  },
  read: (keyword, body) => {
    const all = addresses.read(keyword, body) ?? [];
    return all.length === 0 ? undefined : all;
  },
  notice: () => [],
  differ: () => [],
};

function plainOf({ prefixGiven: _, ...address }: WrittenVip): VirtualAddress {
  return address;
}

/** Without the interface where it is the instance's own. */
function elsewhere({ dev, ...vip }: VirtualAddress, body: readonly Statement[]): VirtualAddress {
  return dev === undefined || dev === wordOf(body, 'interface') ? vip : { ...vip, dev };
}

function heldBy(live: Values): readonly string[] {
  const held = live['addresses'];
  return Array.isArray(held) ? held.map(String) : [];
}

function listOf(value: unknown, field: string): readonly VirtualAddress[] {
  if (!Array.isArray(value) || value.length === 0) throw new UnsafeValueError(field, 'a list of one or more addresses');
  return value;
}

function lineOf(
  { address, prefix, family, dev, label, options = [] }: VirtualAddress,
  keyword: string,
  frame: Frame,
): string {
  const field = frame.of(keyword);
  if (label !== undefined && family === 6) throw new UnsafeValueError(`label in ${field}`, 'allowed with IPv6');
  if (typeof dev === 'object') throw new UnsafeValueError(`dev in ${field}`, 'of one host');
  const plain = ipAddress(address, family, field);
  const bits = wholeNumber(prefix, 1, family === 4 ? 32 : 128, `prefix in ${field}`);
  // Beside a virtual MAC the address belongs on the interface that keepalived makes, which it is on without a dev.
  const link = dev ?? (frame.ownLink === true ? undefined : frame.interface);
  return [
    options.includes('peer') ? plain : `${plain}/${bits}`,
    ...(link === undefined ? [] : ['dev', linkName(link, frame.of('interface'))]),
    ...(label === undefined ? [] : ['label', linkName(label, `label in ${field}`)]),
    ...options.map((word) => plainWord(word, field)),
  ].join(' ');
}

/** The addresses of a block, normalised, each with the words that stand in the file. */
export function wordsByAddress(body: readonly Statement[], keyword: string): ReadonlyMap<string, string> {
  return new Map(
    inside(body, keyword).map((statement) => {
      const text = addressIn([statement.keyword, ...statement.args]);
      return [normal(text), text];
    }),
  );
}

/** The word of a line that is its address; the first one where none is. */
function addressIn(words: readonly string[]): string {
  const isOther = (index: number): boolean => /^(brd|broadcast|peer)$/.test(words[index - 1] ?? '');
  return words.find((word, index) => isAddress(word) && !isOther(index)) ?? words[0] ?? '';
}

/** The addresses that lines of keepalived's dump begin with, normalised. */
export function shownAddresses(lines: readonly string[] = []): readonly string[] {
  return lines.flatMap((line) => {
    const address = /^[0-9a-f.:]+/i.exec(line)?.[0] ?? '';
    return ipaddr.isValid(address) ? [normal(address)] : [];
  });
}

function isAddress(word: string): boolean {
  return ipaddr.isValid(word.split('/', 1).join(''));
}

/** An address without its prefix, in the one form that it is compared in; other words as they are. */
export function normal(word: string): string {
  return isAddress(word) ? ipaddr.parse(word.split('/', 1).join('')).toString() : word;
}
