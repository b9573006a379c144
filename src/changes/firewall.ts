import { z } from 'zod';
import { probeSubject } from '../facts/system/probe.ts';
import { FIREWALL_NAMES, FIREWALLS } from '../firewall/registry.ts';
import { type Fields, type Kind, swap } from './kind.ts';

const state = z.record(z.string().regex(/^[a-z]+$/), z.string());
const shape = z.strictObject({
  kind: z.literal('firewall'),
  /** Whose rules: `firewall_BACKEND` of the host program reads the states. */
  backend: z.enum(FIREWALL_NAMES),
  /** Verb phrases of the change and of its inverse. */
  describe: z.string(),
  describeBack: z.string(),
  before: state,
  after: state,
});

/** Rules of a firewall, live and at boot. */
export type FirewallChange = z.infer<typeof shape>;

export const firewallKind: Kind<FirewallChange> = {
  shape,
  // Rules that were all there, and are set once more, are nothing to take back.
  invert: (change) => (isRepeat(change) ? undefined : { ...swap(change), ...swapWords(change) }),
  fields: ({ backend, before, after }) => ({ backend, ...sideFields('before', before), ...sideFields('after', after) }),
  describe: ({ describe }) => describe,
  isDue: async (change, ask) => {
    const probe = FIREWALLS[change.backend].dueProbe?.(change);
    return probe === undefined ? undefined : ask(probeSubject, probe);
  },
  timeoutMs: () => 120_000,
};

function isRepeat({ before, after }: FirewallChange): boolean {
  return Object.keys({ ...before, ...after }).every((key) => before[key] === after[key]);
}

function swapWords({ describe, describeBack }: FirewallChange): Pick<FirewallChange, 'describe' | 'describeBack'> {
  return { describe: describeBack, describeBack: describe };
}

function sideFields(side: string, rules: FirewallChange['before']): Fields {
  return Object.fromEntries(Object.entries(rules).map(([key, value]) => [`${side}_${key}`, value]));
}
