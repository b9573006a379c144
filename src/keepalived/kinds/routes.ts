import { z } from 'zod';
import type { Kind } from '../keyword.ts';
import { nearestWord } from '../nearest.ts';
import {
  isAny,
  isNetwork,
  NEXTHOP_WORDS,
  ROUTE_TYPES,
  ROUTE_WORDS,
  type RouteWord,
  RULE_ACTIONS,
  RULE_PREFERENCE,
  RULE_WORDS,
} from './route-words.ts';
import { isPlainLine, lines } from './words.ts';

type Words = Readonly<Record<string, RouteWord>>;

/** Routes in the words of keepalived.conf(5), which are mostly those of ip-route(8). */
export const routes: Kind<readonly string[]> = listOf(
  'routes such as [default via 192.0.2.1 dev eth0]',
  judgeRoute,
  completeRoute,
);

/** Routing rules in the words of keepalived.conf(5). */
export const rules: Kind<readonly string[]> = listOf(
  'rules such as [from 192.0.2.5/32 table 200 priority 200]',
  judgeRule,
  (line) => untracked(line, hasUntracked(line, RULE_WORDS)),
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

/** keepalived complains where it cannot follow a route or a rule, and the complaint stops the apply. */
function completeRoute(line: string): string {
  const [own = ''] = line.split(' nexthop ');
  const words = own.split(' ');
  const followed = words.some((word) => word === 'dev' || word === 'oif');
  return untracked(line, !followed || hasUntracked(line, ROUTE_WORDS));
}

function untracked(line: string, needed: boolean): string {
  return needed && !line.split(' ').includes('no_track') ? `${line} no_track` : line;
}

function hasUntracked(line: string, known: Words): boolean {
  return line.split(' ').some((word) => Object.hasOwn(known, word) && known[word]?.untracked === true);
}

function judgeRoute(all: readonly string[]): string | undefined {
  const words = ROUTE_TYPES.includes(all[0] ?? '') ? all.slice(1) : all;
  const [target = '', ...options] = words[0] === 'to' ? words.slice(1) : words;
  if (!isAny(target) && !isNetwork(target))
    return 'must begin with a network or default, as default via 192.0.2.1 dev eth0';
  const start = options.indexOf('nexthop');
  const [own, ways] = start < 0 ? [options, []] : [options.slice(0, start), options.slice(start)];
  return (
    judgeWords(own, ROUTE_WORDS) ??
    judgeWords(
      ways.filter((word) => word !== 'nexthop'),
      NEXTHOP_WORDS,
    ) ??
    judgeFamily(words, ROUTE_WORDS)
  );
}

function judgeRule(words: readonly string[]): string | undefined {
  const wrong = judgeWords(words, RULE_WORDS) ?? judgeFamily(words, RULE_WORDS);
  if (wrong !== undefined) return wrong;
  const actions = words.filter((word) => RULE_ACTIONS.includes(word));
  if (actions.length === 0) return 'must say what is to be done, as table 200';
  if (actions.length > 1) return `must say one thing that is to be done, not ${actions.join(' and ')}`;
  const idle = words.find((word) => word.startsWith('suppress_') || word === 'realms');
  if (idle !== undefined && !['table', 'lookup'].includes(actions[0] ?? ''))
    return `must have ${idle} with a table only, not with ${actions[0]}`;
  if (!words.some((word) => RULE_PREFERENCE.includes(word)))
    return 'must have a priority, as priority 200: keepalived would choose one and complain, and the complaint stops the apply';
  return undefined;
}

/** Of words that keepalived has, each with what follows it. */
function judgeWords(words: readonly string[], known: Words): string | undefined {
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const found = Object.hasOwn(known, word) ? known[word] : undefined;
    if (found === undefined) return unknownWord(word, known);
    if (found.needs === undefined) continue;
    index += 1;
    // `via inet6 ADDRESS`, and `mtu lock 1400`: the kernel does not find out another one.
    if (['inet', 'inet6', 'lock'].includes(words[index] ?? '')) index += 1;
    if (found.is?.(words[index] ?? '') !== true) return `must have ${found.needs} after ${word}`;
  }
  return undefined;
}

function unknownWord(word: string, known: Words): string {
  const said = `must have keepalived’s words only, and '${word.slice(0, 40)}' is none`;
  const near = ALIASES[word] ?? nearestWord(word, Object.keys(known));
  return near === undefined || !Object.hasOwn(known, near) ? said : `${said}; did you mean '${near}'?`;
}

/** Words of ip-route(8) and ip-rule(8) that keepalived has another one for. */
const ALIASES: Readonly<Record<string, string>> = {
  pref: 'preference',
  proto: 'protocol',
  ip_proto: 'ipproto',
  suppress_prefixlen: 'suppress_prefixlength',
  or: 'nexthop',
};

function judgeFamily(words: readonly string[], known: Words): string | undefined {
  const six = words.some((word) => word.includes(':') && isNetwork(word));
  const four = words.some((word) => !word.includes(':') && word.includes('.') && isNetwork(word));
  if (six && four) return 'must have addresses of one family';
  const only = words.find((word) => Object.hasOwn(known, word) && known[word]?.family === 6);
  if (only !== undefined && four) return `must have no ${only}: that is for IPv6`;
  if ((four && words.includes('inet6')) || (six && words.includes('inet')))
    return 'must have inet with IPv4 and inet6 with IPv6';
  return undefined;
}
