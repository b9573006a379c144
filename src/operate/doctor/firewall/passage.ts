/** A VRRP packet on its way into or out of a host. */
export interface Packet {
  readonly direction: 'in' | 'out';
  readonly interface: string;
  /** null: not known. */
  readonly source: string | null;
  readonly destination: string;
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

type Outcome = Passage | { readonly verdict: 'return'; readonly by: string };

/** The way of a packet through the chains of a table, from a hooked one on. */
export function passageOf(chains: ReadonlyMap<string, PassageChain>, start: string): Passage {
  const end = walk(chains, start, []);
  if (end.verdict !== 'return') return end;
  const policy = chains.get(start)?.policy ?? 'accept';
  const accepted = end.by === '' ? undefined : end.by;
  if (policy === 'drop' && accepted !== undefined) return { verdict: 'unsure', by: accepted };
  return { verdict: policy, by: `policy ${policy.toUpperCase()} of ${start}` };
}

/** `by` of a return is the rule that may have let the packet through before. */
function walk(chains: ReadonlyMap<string, PassageChain>, name: string, above: readonly string[]): Outcome {
  let mayAccept = '';
  // Firewalls refuse loops; a dump that shows one is not what it seems.
  if (above.includes(name)) return { verdict: 'unsure', by: `a loop through ${name}` };
  for (const rule of chains.get(name)?.rules ?? []) {
    const step = rule.match === 'no' ? undefined : follow(chains, rule, [...above, name]);
    if (step === undefined) continue;
    if (step.verdict === 'return') {
      if (step.by !== '') mayAccept = step.by;
      if (rule.match === 'yes' && (rule.action === 'return' || rule.action === 'goto')) break;
    } else if (rule.match === 'maybe') {
      if (step.verdict !== 'accept') return { verdict: 'unsure', by: step.by };
      mayAccept = step.by;
    } else if (step.verdict === 'drop' && mayAccept !== '') return { verdict: 'unsure', by: mayAccept };
    else return step;
  }
  return { verdict: 'return', by: mayAccept };
}

function follow(
  chains: ReadonlyMap<string, PassageChain>,
  { action, chain, text }: PassageRule,
  above: readonly string[],
): Outcome | undefined {
  switch (action) {
    case 'none':
      return undefined;
    case 'return':
      return { verdict: 'return', by: '' };
    case 'jump':
    case 'goto':
      return walk(chains, chain ?? '', above);
    default:
      return { verdict: action, by: text };
  }
}
