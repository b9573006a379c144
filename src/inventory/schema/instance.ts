import { z } from 'zod';
import { CHECK_KEYS } from '../../checks/registry.ts';
import { address, flag, localPath, map, named } from '../../keepalived/fields.ts';
import { VRRP_INSTANCE } from '../../keepalived/table/vrrp-instance.ts';
import { VRRP_SCRIPT } from '../../keepalived/table/vrrp-script.ts';
import { shapeOf } from './keywords.ts';
import { instanceNotify } from './notify.ts';
import { secret } from './secret.ts';

export const check = map(
  { ...shapeOf(VRRP_SCRIPT, {}), ...CHECK_KEYS },
  'a map such as { interval: 2, timeout: 1 }, or {} for the defaults',
);

const SOURCES = 'true, false or a map of host names to IP addresses';

/** keepalived's own words for notify: { master: … } and the others. */
const STATE_WORDS = {
  notify_master: localPath.optional().describe('The same as notify: { master: … }'),
  notify_backup: localPath.optional().describe('The same as notify: { backup: … }'),
  notify_fault: localPath.optional().describe('The same as notify: { fault: … }'),
  notify_stop: localPath.optional().describe('The same as notify: { stop: … }'),
  notify_deleted: localPath.optional().describe('The same as notify: { deleted: … }'),
};

/** A VRRP instance: the table's keywords; the forms of secrets, hosts and checks are the inventory's. */
export const instance = map(
  {
    ...shapeOf(VRRP_INSTANCE, {
      password: secret,
      unicast: () => z.union([flag(), named(address, SOURCES)], { error: `must be ${SOURCES}` }),
      checks: () => named(check, 'a map of checks such as { check_nginx: { interval: 2 } }'),
    }),
    notify: instanceNotify.optional().describe('Scripts that run for this instance in place of the cluster’s'),
    ...STATE_WORDS,
  },
  'a map of a VRRP instance',
);
