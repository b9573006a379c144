import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { ipAddress, linkName, UnsafeValueError, wholeNumber } from '../guard.ts';
import type { Frame, Kind, Values } from '../keyword.ts';
import type { Statement } from '../parse.ts';
import { block, inside } from '../statements.ts';
import { parseVip, type VirtualAddress } from '../vip.ts';

const vip = z
  .string({ error: 'must be an IP address with its prefix, as 192.168.1.100/24' })
  .superRefine((written, context) => {
    const parsed = parseVip(written);
    if ('reason' in parsed) context.addIssue({ code: 'custom', message: parsed.reason });
  });

/**
 * Addresses that an instance adds and removes. Those of the other family than the instance's go to KEYWORD_excluded, as
 * keepalived wants one family in an instance.
 */
export const addresses: Kind<readonly VirtualAddress[], string[]> = {
  type: 'plain',
  schema: z
    .array(vip, { error: 'must be a list of addresses such as [192.168.1.100/24]' })
    .min(1, 'must have at least one address')
    .max(255, 'must have at most 255 addresses'),
  says: 'a list',
  build: (written) =>
    written.flatMap((text): VirtualAddress[] => {
      const parsed = parseVip(text);
      if ('reason' in parsed) return [];
      const { address, prefix, family, label } = parsed.vip;
      return [{ address, prefix, family, ...(label === undefined ? {} : { label }) }];
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
      const label = words.indexOf('label');
      // What haprov has no value for (brd, scope) is passed over.
      const parsed = parseVip([addressIn(words), ...(label < 0 ? [] : words.slice(label, label + 2))].join(' '));
      return 'vip' in parsed ? [parsed.vip] : [];
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

/** Addresses that others wrote; of the inventory's, `addresses` writes them. */
export const excludedAddresses: Kind<readonly VirtualAddress[], string[]> = { ...addresses, notice: () => [] };

function heldBy(live: Values): readonly string[] {
  const held = live['addresses'];
  return Array.isArray(held) ? held.map(String) : [];
}

function listOf(value: unknown, field: string): readonly VirtualAddress[] {
  if (!Array.isArray(value) || value.length === 0) throw new UnsafeValueError(field, 'a list of one or more addresses');
  return value;
}

function lineOf({ address, prefix, family, label }: VirtualAddress, keyword: string, frame: Frame): string {
  const field = frame.of(keyword);
  if (label !== undefined && family === 6) throw new UnsafeValueError(`label in ${field}`, 'allowed with IPv6');
  const plain = ipAddress(address, family, field);
  const bits = wholeNumber(prefix, 1, family === 4 ? 32 : 128, `prefix in ${field}`);
  const named = label === undefined ? '' : ` label ${linkName(label, `label in ${field}`)}`;
  return `${plain}/${bits} dev ${linkName(frame.interface, frame.of('interface'))}${named}`;
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
