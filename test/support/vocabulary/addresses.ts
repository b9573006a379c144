import { addressIn, LINKS, type Setting } from './context.ts';

/** An address and its options, as both the inventory and the dump are read. */
export type Facts = Readonly<Record<string, string>>;

const VALUES = ['brd', 'broadcast', 'dev', 'scope', 'label', 'peer', 'preferred_lft'];

/** A random address in keepalived's own words. `last`: its last number. `family`: of excluded addresses, the other one too. */
export function randomAddress(setting: Setting, last: number, family: 4 | 6 = setting.family): string {
  const { random, vrid, link } = setting;
  const own = { family, vrid };
  const peer = random.chance(0.08);
  const prefix = peer ? undefined : family === 4 ? random.pick([24, 24, 32]) : random.pick([64, 64, 128]);
  const words = [prefix === undefined ? addressIn(own, last) : `${addressIn(own, last)}/${prefix}`];
  const dev = random.chance(0.25) ? random.pick([...LINKS]) : undefined;
  if (dev !== undefined) words.push('dev', dev);
  if (family === 4) {
    if (random.chance(0.25)) words.push('scope', random.pick(['global', 'link', 'host', 'site', 'nowhere', '33']));
    if (prefix === 24 && random.chance(0.25)) words.push(random.pick(['brd', 'broadcast']), addressIn(own, 255));
    if (random.chance(0.2)) words.push('label', `${(dev ?? link).slice(0, 10)}:${last}`);
  } else {
    for (const flag of ['home', '-nodad']) if (random.chance(0.15)) words.push(flag);
    if (random.chance(0.2)) words.push('preferred_lft', '0');
  }
  if (peer) words.push('peer', addressIn(own, last + 100));
  for (const flag of ['noprefixroute', 'autojoin', 'no_track']) if (random.chance(0.12)) words.push(flag);
  return words.join(' ');
}

/** What the dump has to say of an address of the inventory. */
export function wantedFacts(written: string, { vmac, ownMacs, family, link }: Setting): Facts {
  const { address = '', brd, broadcast, dev, preferred_lft, peer, ...rest } = wordsOf(written);
  const own = address.includes(':') ? 6 : 4;
  const full = own === 6 ? 128 : 32;
  const whole = !address.includes('/');
  // keepalived puts addresses of the other family on the interface below, and those that name this interface on its own one.
  const virtual = dev === undefined || dev === link ? vmac && own === family : ownMacs;
  const lifetime = preferred_lft === '0' || whole ? { deprecated: '' } : { preferred_lft: 'forever' };
  return {
    address,
    scope: 'global',
    ...rest,
    dev: dev ?? link,
    ...(brd === undefined && broadcast === undefined ? {} : { brd: brd ?? broadcast ?? '' }),
    ...(peer === undefined ? {} : { peer: `${peer}/${full}` }),
    ...(virtual ? { on: 'virtual MAC' } : {}),
    ...(own === 6 ? lifetime : {}),
  };
}

/** A line of the dump, as `192.168.1.101/24 brd 192.168.1.255 dev eth1 scope global noprefixroute`. */
export function factsOf(line: string): Facts {
  const facts = wordsOf(line);
  // An interface of keepalived's own is said with the one below it.
  const [dev = '', below] = (facts['dev'] ?? '').split('@');
  return below === undefined ? facts : { ...facts, dev: below, on: /^vrrp\d*\./.test(dev) ? 'virtual MAC' : dev };
}

function wordsOf(line: string): Facts {
  const [first = '', ...words] = line.split(' ');
  const facts: Record<string, string> = { address: first.replace(first.includes(':') ? /\/128$/ : /\/32$/, '') };
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (VALUES.includes(word)) {
      index += 1;
      facts[word] = words[index] ?? '';
    } else facts[word] = '';
  }
  return facts;
}
