import type { Rules } from './rule.ts';

/** Rules of lint: failover. */
export const FAILOVER_RULES: Rules = {
  'nopreempt-weight': {
    finds: 'a check fails, the priority falls, and `nopreempt` keeps the others from taking over',
    write: '`weight: 0`, or no `nopreempt`',
  },
  'weight-too-small': {
    finds: "the priority falls, but stays above the others'",
    write: 'a weight below the bound that the message names, or 0',
  },
  'weight-positive': { finds: 'the same with a positive weight', write: 'a weight above the bound, or 0' },
  'priority-equal': { finds: 'two hosts with one priority', write: 'each its own' },
  'nopreempt-master': { finds: '`state: MASTER` beside `nopreempt`', write: 'take `state` out' },
  'no-check': { finds: '`track_script: {}`: the VIP stays with a dead service', write: 'take it out' },
};
