import type { Check } from './check.ts';
import { CONFIGURATION_CHECKS } from './checks/configuration.ts';
import { UNIT_CHECKS } from './checks/units.ts';

/** All checks, in the order of their ids. */
export const CHECKS: readonly Check[] = [...UNIT_CHECKS, ...CONFIGURATION_CHECKS];
