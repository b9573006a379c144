import { z } from 'zod';
import { portForm } from '../../checks/port.ts';
import { flag, localPath, map, named, oneOf } from '../../keepalived/fields.ts';
import { routes, rules } from '../../keepalived/kinds/routes.ts';
import { lines } from '../../keepalived/kinds/words.ts';
import { BLOCKS } from '../../keepalived/table/blocks.ts';
import { check, instance } from './instance.ts';
import { notify } from './notify.ts';
import { service } from './service.ts';
import { become, host, ssh } from './ssh.ts';
import { syncGroup } from './sync-group.ts';

const globalDefinition = z
  .string({ error: 'must be a line of keepalived’s global_defs' })
  .regex(
    /^[a-z][a-z0-9_]*(?: (?:[A-Za-z0-9_.:,/=?&%+*^|@-]+|[{}]))*$/,
    'must be one keyword and its values, separated by one space, without quotes, #, ! and $',
  )
  .max(200, 'must be at most 200 characters');

const BACKENDS = ['auto', 'iptables', 'firewalld', 'nftables', 'ufw', 'none'] as const;
const backend = oneOf(BACKENDS);

const lineForm = lines('lines', 1000).schema ?? z.never();
const FORMS: Readonly<Record<string, z.ZodType<readonly string[]>>> = {
  static_routes: routes.schema ?? lineForm,
  static_rules: rules.schema ?? lineForm,
};
const BLOCK_KEYS = Object.fromEntries(
  Object.entries(BLOCKS).map(([keyword, doc]) => [keyword, (FORMS[keyword] ?? lineForm).optional().describe(doc)]),
) as Record<keyof typeof BLOCKS, z.ZodOptional<z.ZodType<readonly string[]>>>;

/** What a cluster and `defaults` may both say. */
const shared = {
  service: service.optional(),
  notify: notify.optional().describe('Who is told when a host changes state'),
  firewall: z
    .union(
      [
        backend,
        map(
          {
            backend: backend.optional().describe('Which firewall. Default auto'),
            open: z
              .array(portForm, { error: 'must be a list of ports such as [80/tcp, 443/tcp]' })
              .max(100, 'must be at most 100 ports')
              .optional()
              .describe('Ports that clients use, opened live and at every boot'),
          },
          'a map such as { backend: auto, open: [80/tcp] }',
        ),
      ],
      { error: `must be one of ${BACKENDS.join(', ')}, or { backend: auto, open: [80/tcp] }` },
    )
    .optional()
    .describe(
      'Which firewall lets VRRP through. auto (default) finds out which one rules the host. { open: [80/tcp] } opens ports for clients too',
    ),
  keepalived: map(
    {
      log_detail: flag().optional().describe('true: keepalived logs in detail (-D)'),
      global_defs: z
        .array(globalDefinition, { error: 'must be a list of lines such as [vrrp_garp_master_refresh 60]' })
        .max(100, 'must be at most 100 lines')
        .optional()
        .describe('Further lines for global_defs'),
      fragments: z
        .array(localPath, { error: 'must be a list of files such as [./lvs.conf]' })
        .max(20, 'must be at most 20 files')
        .optional()
        .describe(
          'Files with whole blocks of keepalived’s own (virtual_server, bfd_instance): uploaded and included as they are',
        ),
      drop: z
        .array(z.string().regex(/^[a-z_]+$/i, 'must be a word of keepalived’s such as virtual_server'), {
          error: 'must be a list of words such as [virtual_server]',
        })
        .max(100, 'must be at most 100 words')
        .optional()
        .describe('What may go from a keepalived.conf that was there before haprov, by keepalived’s words'),
      ...BLOCK_KEYS,
    },
    'a map such as { log_detail: true }',
  )
    .optional()
    .describe('Settings of the keepalived daemon'),
  playbook: localPath.optional().describe('Your own playbook. Default: the one that ships with haprov'),
  ssh: ssh.optional().describe('SSH settings of this cluster'),
  become: become.optional(),
};

export const cluster = map(
  {
    hosts: named(host, 'a map of host names to addresses').describe(
      'The hosts that share the VIPs: name to address. gw[1-3]: 10.0.0.1[1-3] names three, and their addresses',
    ),
    vrrp_instances: named(instance, 'a map of VRRP instances such as { VI_1: … }').describe('VRRP instances by name'),
    vrrp_sync_groups: named(syncGroup, 'a map of sync groups such as { GW: [OUTSIDE, INSIDE] }')
      .optional()
      .describe('Instances that move together, by the name of their group'),
    ...shared,
  },
  'a map of a cluster with service, hosts and vrrp_instances',
);

/** What every cluster takes unless it says otherwise. */
export const defaults = map(
  {
    ...shared,
    vrrp_instance: instance.partial().optional().describe('For every VRRP instance'),
    check: check.optional().describe('For every check'),
  },
  'a map such as { service: nginx, vrrp_instance: { advert_int: 1 }, check: { interval: 3 } }',
);
