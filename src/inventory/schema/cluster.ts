import { z } from 'zod';
import { SERVICE_CHOICE, SERVICE_NAMES } from '../../checks/services.ts';
import { flag, localPath, map, named, oneOf } from '../../keepalived/fields.ts';
import { instance } from './instance.ts';
import { secret } from './secret.ts';
import { become, host, ssh } from './ssh.ts';

const globalDefinition = z
  .string({ error: 'must be a line of keepalived’s global_defs' })
  .regex(
    /^[a-z][a-z0-9_]*(?: [A-Za-z0-9_.:/-]+)*$/,
    'must be one keyword and its values, of letters, digits, _, ., :, / and -, separated by one space',
  )
  .max(200, 'must be at most 200 characters');

export const cluster = map(
  {
    service: oneOf(SERVICE_NAMES).optional().describe(`What the VIP stands for and what is watched: ${SERVICE_CHOICE}`),
    hosts: named(host, 'a map of host names to addresses').describe('The hosts that share the VIPs: name to address'),
    vrrp_instances: named(instance, 'a map of VRRP instances such as { VI_1: … }').describe('VRRP instances by name'),
    notify: map(
      {
        slack_webhook: secret('Slack webhook that is told when a host changes state').optional(),
        script: localPath.optional().describe('Your own script, run with keepalived’s four arguments'),
      },
      'a map such as { slack_webhook: { env: SLACK_WEBHOOK_URL } }',
    )
      .optional()
      .describe('Who is told when a host changes state'),
    firewall: oneOf(['auto', 'iptables', 'firewalld', 'nftables', 'ufw', 'none'])
      .optional()
      .describe('Which firewall lets VRRP through. auto (default) finds out which one rules the host'),
    keepalived: map(
      {
        log_detail: flag().optional().describe('true: keepalived logs in detail (-D)'),
        global_defs: z
          .array(globalDefinition, { error: 'must be a list of lines such as [vrrp_garp_master_refresh 60]' })
          .max(100, 'must be at most 100 lines')
          .optional()
          .describe('Further lines for global_defs'),
      },
      'a map such as { log_detail: true }',
    )
      .optional()
      .describe('Settings of the keepalived daemon'),
    playbook: localPath.optional().describe('Your own playbook. Default: the one that ships with haprov'),
    ssh: ssh.optional().describe('SSH settings of this cluster'),
    become: become.optional(),
  },
  'a map of a cluster with service, hosts and vrrp_instances',
);
