import { z } from 'zod';
import type { Kind } from '../keyword.ts';
import { ipFamily } from '../names.ts';
import { nearestWord } from '../nearest.ts';
import { isPlainLine, lines } from './words.ts';

const TYPES = [
  'unicast',
  'local',
  'broadcast',
  'multicast',
  'throw',
  'unreachable',
  'prohibit',
  'blackhole',
  'nat',
  'anycast',
];
const ROUTE_VALUES =
  'via dev oif src from metric table scope protocol proto mtu window rtt rttvar reordering cwnd ssthresh rto_min hoplimit advmss features initcwnd initrwnd quickack congctl tos dsfield realms expires pref preference priority weight track_group'.split(
    ' ',
  );
const ROUTE_FLAGS = [
  'to',
  'or',
  'nexthop',
  'onlink',
  'no_track',
  'lock',
  'inet',
  'inet6',
  'fastopen_no_cookie',
  'ttl-propagate',
  'append',
  'add',
];
const RULE_VALUES =
  'from to iif dev oif fwmark tos dsfield uidrange protocol proto ipproto ip_proto sport dport preference priority pref order table lookup goto realms suppress_prefixlength suppress_prefixlen suppress_ifgroup tun_id track_group type'.split(
    ' ',
  );
const RULE_FLAGS = ['not', 'l3mdev', 'nop', 'unreachable', 'prohibit', 'blackhole', 'no_track', 'inet', 'inet6'];
const PREFERENCE = ['preference', 'priority', 'pref', 'order'];

/** Routes in the words of keepalived.conf(5), which are mostly those of ip-route(8). */
export const routes: Kind<readonly string[]> = listOf(
  'routes such as [default via 192.0.2.1 dev eth0]',
  judgeRoute,
  (line) => {
    const words = line.split(' ');
    // keepalived complains where it cannot follow the interface of a route, and the complaint stops the apply.
    return words.some((word) => ['dev', 'oif', 'no_track', 'track_group'].includes(word)) ? line : `${line} no_track`;
  },
);

/** Routing rules in the words of keepalived.conf(5). */
export const rules: Kind<readonly string[]> = listOf(
  'rules such as [from 192.0.2.5/32 table 200 priority 200]',
  judgeRule,
  (line) => line,
);

function listOf(
  what: string,
  judge: (words: readonly string[]) => string | undefined,
  complete: (line: string) => string,
) {
  const base = lines(what, 1000);
  const message = `must be a list of ${what}`;
  const line = z
    .string({ error: 'must be one line of keepalived’s own' })
    .max(900, 'must be at most 900 characters')
    .superRefine((text, context) => {
      const reason = isPlainLine(text)
        ? judge(text.trim().split(/ +/))
        : 'must be plain words, without braces, quotes, #, ! and include';
      if (reason !== undefined) context.addIssue({ code: 'custom', message: reason });
    });
  return {
    ...base,
    schema: z
      .array(line, { error: message })
      .min(1, 'must have at least one entry')
      .max(1000, 'must have at most 1000 entries'),
    build: (written: readonly string[]) => written.map((one) => complete(one.trim().split(/ +/).join(' '))),
  };
}

function judgeRoute(all: readonly string[]): string | undefined {
  const words = TYPES.includes(all[0] ?? '') ? all.slice(1) : all;
  const rest = words[0] === 'to' ? words.slice(1) : words;
  const [target = '', ...options] = rest;
  if (target !== 'default' && !isNetwork(target))
    return 'must begin with a network or default, as default via 192.0.2.1 dev eth0';
  return judgeWords(options, ROUTE_VALUES, ROUTE_FLAGS);
}

function judgeRule(words: readonly string[]): string | undefined {
  const wrong = judgeWords(words, RULE_VALUES, RULE_FLAGS);
  if (wrong !== undefined) return wrong;
  const acts = ['table', 'lookup', 'goto', 'nop', 'unreachable', 'prohibit', 'blackhole', 'l3mdev'];
  if (!words.some((word) => acts.includes(word))) return 'must say what is to be done, as table 200';
  if (!words.some((word) => PREFERENCE.includes(word)))
    return 'must have a priority, as priority 200: keepalived would choose one and complain, and the complaint stops the apply';
  return undefined;
}

function judgeWords(words: readonly string[], values: readonly string[], flags: readonly string[]): string | undefined {
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (flags.includes(word)) continue;
    if (!values.includes(word)) {
      const near = nearestWord(word, [...values, ...flags]);
      return near === undefined
        ? `must have keepalived’s words only, and '${word.slice(0, 40)}' is none`
        : `must have keepalived’s words only, and '${word}' is none; did you mean '${near}'?`;
    }
    index += 1;
    const value = words[index];
    if (value === undefined) return `must have a value after ${word}`;
    if (word === 'via' && (value === 'inet' || value === 'inet6')) index += 1;
    else if (['via', 'src'].includes(word) && !isNetwork(value)) return `must have an address after ${word}`;
  }
  return undefined;
}

function isNetwork(text: string): boolean {
  const [address = '', prefix] = text.split('/');
  const family = ipFamily(address);
  if (family === undefined) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}
