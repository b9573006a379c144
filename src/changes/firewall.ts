import { z } from 'zod';
import { type Kind, swap } from './kind.ts';

const payload = z.record(z.string(), z.string());
const shape = z.strictObject({
  kind: z.literal('firewall'),
  /** Whose rules: `firewall_BACKEND` of the host program reads the payloads. */
  backend: z.string().regex(/^[a-z]+$/),
  /** Verb phrases of the change and of its inverse. */
  describe: z.string(),
  describeBack: z.string(),
  before: payload,
  after: payload,
});

/** Rules of a firewall, live and at boot. */
export type FirewallChange = z.infer<typeof shape>;

export const firewallKind: Kind<FirewallChange> = {
  shape,
  invert: (change) => ({ ...swap(change), describe: change.describeBack, describeBack: change.describe }),
  fields: ({ backend, before, after }) => ({
    backend,
    ...Object.fromEntries(Object.entries(before).map(([key, value]) => [`before_${key}`, value])),
    ...Object.fromEntries(Object.entries(after).map(([key, value]) => [`after_${key}`, value])),
  }),
  describe: ({ describe }) => describe,
};
