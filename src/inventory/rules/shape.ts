import type { Rules } from './rule.ts';

/** Rules of lint: shape. */
export const SHAPE_RULES: Rules = {
  'missing-key': { finds: 'a key that is needed', write: 'the key' },
  'unknown-key': { finds: 'a key that haprov does not know', write: 'the nearest known one, which the message names' },
  type: { finds: 'a text where a number belongs, and the like', write: 'the type that the message names' },
  range: { finds: 'a number or a list that is too small or too large', write: 'a value in the range' },
  format: { finds: 'a text of the wrong form', write: 'the form that the message names' },
  name: {
    finds: 'a cluster, host, instance or check with a name that cannot be used',
    write: 'letters, digits, `_`, `.`, `-`',
  },
  'log-level': { finds: '`log_level`, which keepalived does not have', write: '`keepalived: { log_detail: true }`' },
  'vrrp-strict': { finds: '`vrrp_strict`, which drops all traffic to the VIP', write: 'nothing' },
  'global-defs': { finds: "a line of `global_defs` that is unknown, refused, or haprov's own", write: 'take it out' },
};
