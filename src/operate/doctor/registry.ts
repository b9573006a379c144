import type { Check } from './check.ts';
import { SEGMENT_CHECKS } from './checks/adverts.ts';
import { AGREEMENT_CHECKS } from './checks/agreement.ts';
import { CLOCK_CHECK } from './checks/clock.ts';
import { CLOUD_CHECK } from './checks/cloud.ts';
import { CONFIGURATION_CHECKS } from './checks/configuration.ts';
import { ELECTION_CHECKS } from './checks/election.ts';
import { FAILOVER_CHECK } from './checks/failover.ts';
import { FIREWALL_CHECK } from './checks/firewall.ts';
import { LOADED_CHECK } from './checks/loaded.ts';
import { DAEMON_CHECK, NETWORK_CHECKS } from './checks/network.ts';
import { SCRIPT_CHECKS } from './checks/scripts.ts';
import { SELINUX_CHECK } from './checks/selinux.ts';
import { SERVICE_CHECK } from './checks/service-check.ts';
import { UNIT_CHECKS } from './checks/units.ts';
import { UPKEEP_CHECKS } from './checks/upkeep.ts';

/** All checks, in the order in which they ask: in the second round listening comes first. */
export const CHECKS: readonly Check[] = [
  ...UNIT_CHECKS,
  ...CONFIGURATION_CHECKS,
  LOADED_CHECK,
  ...NETWORK_CHECKS,
  FIREWALL_CHECK,
  ...SEGMENT_CHECKS,
  CLOUD_CHECK,
  DAEMON_CHECK,
  ...UPKEEP_CHECKS,
  SELINUX_CHECK,
  ...SCRIPT_CHECKS,
  SERVICE_CHECK,
  FAILOVER_CHECK,
  ...ELECTION_CHECKS,
  ...AGREEMENT_CHECKS,
  CLOCK_CHECK,
];
