import ipaddr from 'ipaddr.js';

/** A packet on its way into or out of a host: VRRP, or the first of a client's connection to a port. */
export interface Packet {
  readonly direction: 'in' | 'out';
  readonly interface: string;
  /** null: not known. */
  readonly source: string | null;
  /** null: not known, and whether it begins a connection is not known either. */
  readonly destination: string | null;
  /** Absent for VRRP. */
  readonly port?: { readonly protocol: 'tcp' | 'udp'; readonly number: number };
}

/** Whether a rule is for a packet; maybe: it has a condition that cannot be judged from here. */
export type Match = 'yes' | 'no' | 'maybe';

/** A rule as far as it matters. */
export interface PassageRule {
  readonly match: Match;
  readonly action: 'accept' | 'drop' | 'return' | 'jump' | 'goto' | 'none' | 'unsure';
  /** For jump and goto. */
  readonly chain?: string;
  /** As the firewall prints it. */
  readonly text: string;
}

export interface PassageChain {
  /** Of a chain that is hooked; others return to where they were called from. */
  readonly policy?: 'accept' | 'drop';
  readonly rules: readonly PassageRule[];
}

/** What becomes of a packet, and by which rule. unsure: that depends on what cannot be judged from here. */
export interface Passage {
  readonly verdict: 'accept' | 'drop' | 'unsure';
  readonly by: string;
}

/** One way that a packet may end in a chain. */
type End = Passage | { readonly verdict: 'return' };
type Chains = ReadonlyMap<string, PassageChain>;

/** The passage of a packet through the chains of a table, from a hooked one on. */
export function passageOf(chains: Chains, start: string): Passage {
  const policy = chains.get(start)?.policy ?? 'accept';
  const byPolicy: Passage = { verdict: policy, by: `policy ${policy.toUpperCase()} of ${start}` };
  const ends = endsOf(chains, start, []).map((end) => (end.verdict === 'return' ? byPolicy : end));
  const last = ends.at(-1) ?? byPolicy;
  if (ends.every(({ verdict }) => verdict === last.verdict)) return last;
  // All but the last depend on conditions: the first that may stop the packet is told, or the first that may let it pass.
  const first = ends.slice(0, -1).find(({ verdict }) => verdict !== 'accept') ?? ends[0] ?? last;
  return { verdict: 'unsure', by: first.by };
}

/** Every way that a packet may end in a chain; the last is the one where no condition that cannot be judged holds. */
function endsOf(chains: Chains, name: string, above: readonly string[]): readonly End[] {
  // Firewalls refuse loops. In a dump that shows one, a second time round decides nothing that the first does not.
  if (above.includes(name)) return [{ verdict: 'return' }];
  const ends: End[] = [];
  for (const rule of chains.get(name)?.rules ?? []) {
    if (rule.match === 'no' || rule.action === 'none') continue;
    const inner = follow(chains, rule, [...above, name]);
    const back = rule.action === 'jump' && inner.some(({ verdict }) => verdict === 'return');
    ends.push(...(rule.action === 'jump' ? inner.filter(({ verdict }) => verdict !== 'return') : inner));
    if (rule.match === 'yes' && !back) return ends;
  }
  return [...ends, { verdict: 'return' }];
}

function follow(chains: Chains, { action, chain, text }: PassageRule, above: readonly string[]): readonly End[] {
  switch (action) {
    case 'jump':
    case 'goto':
      return endsOf(chains, chain ?? '', above);
    case 'none':
    case 'return':
      return [{ verdict: 'return' }];
    default:
      return [{ verdict: action, by: text }];
  }
}

/** Whether a packet is of one of these protocols, by name or number; VRRP is 112. */
export function isProtocol(values: readonly string[], { port }: Packet): Match {
  const own = port === undefined ? ['vrrp', '112'] : [port.protocol, port.protocol === 'tcp' ? '6' : '17'];
  return yesIf(values.some((value) => own.includes(value)));
}

/** Whether a packet goes to one of these ports or ranges, as 80, 8000:8010 or 8000-8010. */
export function toPort(values: readonly string[], { port }: Packet): Match {
  if (port === undefined) return 'maybe';
  const found = values.map((value): Match => {
    const [first, last = first] = value.split(/[:-]/).map(Number);
    if (first === undefined || Number.isNaN(first) || last === undefined || Number.isNaN(last)) return 'maybe';
    return yesIf(first <= port.number && port.number <= last);
  });
  return found.includes('yes') ? 'yes' : found.includes('maybe') ? 'maybe' : 'no';
}

export const yesIf = (condition: boolean): Match => (condition ? 'yes' : 'no');

export function opposite(match: Match): Match {
  return match === 'maybe' ? 'maybe' : yesIf(match === 'no');
}

/** Whether the packet's interface is the one that a rule names; `wild` ends a name that stands for many. */
export function onInterface(name: string, packet: Packet, wild: '+' | '*'): Match {
  return yesIf(name.endsWith(wild) ? packet.interface.startsWith(name.slice(0, -1)) : name === packet.interface);
}

/** Whether an address is in a range such as 10.0.0.0/8 or 10.0.0.1. */
export function inRange(address: string | null, range: string): Match {
  const [base = '', bits] = range.split('/');
  if (address === null || !ipaddr.isValid(base) || !ipaddr.isValid(address)) return 'maybe';
  const [one, other] = [ipaddr.parse(address), ipaddr.parse(base)];
  if (one.kind() !== other.kind()) return 'no';
  const length = bits === undefined ? (other.kind() === 'ipv6' ? 128 : 32) : Number(bits);
  // A mask in dotted form.
  return Number.isInteger(length) ? yesIf(one.match(other, length)) : 'maybe';
}
