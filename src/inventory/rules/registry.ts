import { CHECKS_RULES } from './checks.ts';
import { CLUSTERS_AND_HOSTS_RULES } from './clusters-and-hosts.ts';
import { FAILOVER_RULES } from './failover.ts';
import { INSTANCES_RULES } from './instances.ts';
import type { Rules } from './rule.ts';
import { SHAPE_RULES } from './shape.ts';
import { THE_FILE_RULES } from './the-file.ts';

/** All rules of lint, by their ids. */
export const RULES: Rules = {
  ...THE_FILE_RULES,
  ...SHAPE_RULES,
  ...CLUSTERS_AND_HOSTS_RULES,
  ...FAILOVER_RULES,
  ...INSTANCES_RULES,
  ...CHECKS_RULES,
};
