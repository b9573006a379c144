import { addressIn, LINKS, type Setting } from './context.ts';

const ROUTE_TYPES = ['blackhole', 'unreachable', 'prohibit', 'throw'];

/** Words of routes and rules that keepalived shows in another way than they are written. */
const NUMBERS: Readonly<Record<string, string>> = { main: '254', global: '0', link: '253', host: '254', site: '200' };

export function randomRoute(setting: Setting, index: number): string {
  const { random, family, vrid } = setting;
  const target = family === 4 ? `10.${vrid}.${index + 1}.0/24` : `2001:db8:${vrid.toString(16)}:${index + 1}::/64`;
  if (random.chance(0.15)) return `${random.pick(['blackhole', 'unreachable', 'prohibit', 'throw'])} ${target}`;
  const words = [random.chance(0.1) && index === 0 ? (family === 4 ? '0.0.0.0/0' : '::/0') : target];
  if (random.chance(0.6)) words.push('via', addressIn(setting, 250));
  words.push('dev', random.pick([...LINKS]));
  if (random.chance(0.4)) words.push('src', addressIn(setting, 1));
  if (random.chance(0.5)) words.push('metric', String(random.whole(1, 9000)));
  if (random.chance(0.3)) words.push('table', String(random.whole(100, 250)));
  if (random.chance(0.2)) words.push('mtu', String(random.whole(1280, 1500)));
  if (random.chance(0.2)) words.push('initcwnd', String(random.whole(1, 90)));
  if (family === 4 && random.chance(0.1)) words.push('onlink');
  if (random.chance(0.2)) words.push('no_track');
  return words.join(' ');
}

export function randomRule(setting: Setting, index: number): string {
  const { random, vrid } = setting;
  const full = setting.family === 4 ? 32 : 128;
  const words = ['from', `${addressIn(setting, 1)}/${full}`];
  if (random.chance(0.3)) words.push('iif', random.pick([...LINKS]));
  if (random.chance(0.3)) words.push('fwmark', String(random.whole(1, 99)));
  const table = random.chance(0.8);
  if (table) words.push(random.pick(['table', 'lookup']), String(random.whole(100, 250)));
  else words.push(random.pick(['unreachable', 'prohibit', 'blackhole']));
  words.push(random.pick(['priority', 'preference', 'order']), String(10 * vrid + index));
  if (table && random.chance(0.2)) words.push('suppress_prefixlength', String(random.whole(0, 20)));
  return words.join(' ');
}

/** A route or a rule, written or shown, as the pairs of words that both have, in one order. */
export function pairsOf(text: string): string {
  const words = text
    .replace(/ ?\[.*?\]/g, '')
    .split(' ')
    .filter((word) => !['prepend', 'append', 'add', 'inet', 'inet6', 'type'].includes(word))
    .map(
      (word) =>
        ({ preference: 'priority', order: 'priority', table: 'lookup', suppress_prefixlength: 'suppress_prefixlen' })[
          word
        ] ?? word,
    );
  const kept: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const [word = '', next = ''] = words.slice(index);
    // keepalived's own mark, and what it says of a rule whether it was written or not.
    if (['proto', 'protocol', 'tos'].includes(word)) index += 1;
    else if (
      [
        'via',
        'dev',
        'src',
        'metric',
        'lookup',
        'mtu',
        'initcwnd',
        'from',
        'iif',
        'fwmark',
        'priority',
        'suppress_prefixlen',
      ].includes(word)
    ) {
      index += 1;
      kept.push(`${word} ${numberOf(word, next)}`);
    } else kept.push(word);
  }
  // haprov writes no_track where there is nothing to follow.
  const followed = kept.some((pair) => pair.startsWith('dev ')) || !ROUTE_TYPES.includes(words[0] ?? '');
  return kept
    .filter((word) => followed || word !== 'no_track')
    .sort()
    .join(', ');
}

function numberOf(word: string, value: string): string {
  if (word === 'from') return value.replace(/\/(32|128)$/, '');
  if (word === 'fwmark') return String(Number(value));
  return NUMBERS[value] ?? value;
}
