import { z } from 'zod';
import { CHECK_KEYS } from '../../checks/registry.ts';
import { CHECK_DEFAULTS } from '../defaults.ts';
import { parseVip } from '../vip.ts';
import { address, decimal, flag, interfaceName, map, named, perHost, whole } from './fields.ts';
import { secret } from './secret.ts';

export const check = map(
  {
    interval: whole(1, 86_400).optional().describe(`Seconds between two runs. Default ${CHECK_DEFAULTS.interval}`),
    timeout: whole(1, 86_400)
      .optional()
      .describe(`Seconds after which a run has failed; below interval. Default ${CHECK_DEFAULTS.timeout}`),
    weight: whole(-253, 253)
      .optional()
      .describe('0 (default): the host gives the VIP up when the check fails. Else the priority changes by this much'),
    fall: whole(1, 255)
      .optional()
      .describe(`Failures in a row until the check counts as failed. Default ${CHECK_DEFAULTS.fall}`),
    rise: whole(1, 255)
      .optional()
      .describe(`Successes in a row until it counts as passed. Default ${CHECK_DEFAULTS.rise}`),
    ...CHECK_KEYS,
  },
  'a map such as { interval: 2, timeout: 1 }, or {} for the defaults',
);

const vip = z
  .string({ error: 'must be an IP address with its prefix, as 192.168.1.100/24' })
  .superRefine((written, context) => {
    const parsed = parseVip(written);
    if ('reason' in parsed) context.addIssue({ code: 'custom', message: parsed.reason });
  });

const STATE = 'MASTER or BACKUP, or a map of host names';

export const instance = map(
  {
    virtual_router_id: whole(1, 255).describe(
      'The number of this instance on its network: 1 to 255, the same on all its hosts',
    ),
    interface: perHost(interfaceName, 'an interface name such as eth0, or a map of host names').describe(
      'Interface that carries the VIP: one name, or a map of host names',
    ),
    priority: perHost(whole(1, 254), 'a whole number from 1 to 254, or a map of host names')
      .optional()
      .describe('The healthy host with the highest priority holds the VIP: 1 to 254, as { lb1: 150, lb2: 100 }'),
    virtual_ipaddress: z
      .array(vip, { error: 'must be a list of addresses such as [192.168.1.100/24]' })
      .min(1, 'must have at least one address')
      .max(255, 'must have at most 255 addresses')
      .describe('The VIPs: ADDRESS/PREFIX, with `label LABEL` where wanted; all IPv4 or all IPv6'),
    auth_pass: secret('Password of VRRP version 2, at most 8 letters and digits; travels in clear text').optional(),
    advert_int: decimal(0.01, 255)
      .optional()
      .describe('Seconds between adverts. Default 1. Failover takes about 3.6 of them'),
    nopreempt: perHost(flag(), 'true or false, or a map of host names')
      .optional()
      .describe('true: a host that comes back leaves the VIP where it is. Default false'),
    preempt_delay: whole(0, 1000)
      .optional()
      .describe('Seconds that a host with a higher priority waits before it takes over'),
    version: z
      .union([z.literal(2), z.literal(3)], { error: 'must be 2 or 3' })
      .optional()
      .describe('VRRP version. Default 2; IPv6 is always 3'),
    unicast: z
      .union([flag(), named(address, 'true, false or a map of host names to IP addresses')], {
        error: 'must be true, false or a map of host names to IP addresses',
      })
      .optional()
      .describe(
        'true: adverts go to the other hosts’ addresses, not to multicast. Or a map of host names to source addresses',
      ),
    track_script: named(check, 'a map of checks such as { check_nginx: { interval: 2 } }')
      .optional()
      .describe('Checks that decide whether a host may hold the VIP. Default: the service’s own check, weight 0'),
    state: perHost(z.string({ error: `must be ${STATE}` }), STATE)
      .optional()
      .describe('Does nothing here: priority alone decides who holds the VIP')
      .meta({ deprecated: true }),
    preempt: perHost(flag(), 'true or false, or a map of host names')
      .optional()
      .describe('Does nothing: it is keepalived’s default. The opposite is nopreempt: true')
      .meta({ deprecated: true }),
  },
  'a map of a VRRP instance',
);
