import type { Check } from './check.ts';
import { AGREEMENT_CHECKS } from './checks/agreement.ts';
import { SEGMENT_CHECKS } from './checks/adverts.ts';
import { CONFIGURATION_CHECKS } from './checks/configuration.ts';
import { ELECTION_CHECKS } from './checks/election.ts';
import { FIREWALL_CHECK } from './checks/firewall.ts';
import { UNIT_CHECKS } from './checks/units.ts';

/** All checks, in the order of their ids. The second round answers in this order: listening comes first in it. */
export const CHECKS: readonly Check[] = [
  ...UNIT_CHECKS,
  ...CONFIGURATION_CHECKS,
  FIREWALL_CHECK,
  ...SEGMENT_CHECKS,
  ...ELECTION_CHECKS,
  ...AGREEMENT_CHECKS,
];
