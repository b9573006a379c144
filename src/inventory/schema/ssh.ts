import { z } from 'zod';
import { address, flag, localPath, map, oneOf, user, whole } from '../../keepalived/fields.ts';
import { CONNECT_TIMEOUT, SSH_PORT } from '../defaults.ts';
import { parseHops } from '../hop.ts';
import { secret } from './secret.ts';

const hops = z
  .string({ error: 'must be [USER@]HOST[:PORT]' })
  .max(1024, 'must be [USER@]HOST[:PORT]')
  .superRefine((text, context) => {
    try {
      parseHops(text, { user: 'user', port: SSH_PORT });
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
    }
  });

export const ssh = map(
  {
    user: user.optional().describe('Who to log in as. Default: the user who runs haprov'),
    port: whole(1, 65535).optional().describe(`Port of sshd. Default ${SSH_PORT}`),
    identity_file: localPath.optional().describe('Private key. Default: the agent, then the usual keys in ~/.ssh'),
    identity_passphrase: secret('Passphrase of identity_file').optional(),
    password: secret('Password to log in with, where keys are not used').optional(),
    known_hosts_file: localPath.optional().describe('Where host keys are checked. Default ~/.ssh/known_hosts'),
    host_key_checking: oneOf(['strict', 'accept-new', 'off'])
      .optional()
      .describe('strict (default): the key must be known. accept-new: an unknown key is added. off: no check at all'),
    proxy_jump: z
      .union(
        [z.array(hops, { error: 'must be a list of [USER@]HOST[:PORT]' }).max(16, 'must be at most 16 hops'), hops],
        {
          error: 'must be a list of [USER@]HOST[:PORT]',
        },
      )
      .optional()
      .describe('Jump hosts in the order of travel: [USER@]HOST[:PORT], IPv6 as [::1]:22'),
    connect_timeout: whole(1, 600).optional().describe(`Seconds to wait for a connection. Default ${CONNECT_TIMEOUT}`),
    transport: oneOf(['auto', 'ssh2', 'openssh'])
      .optional()
      .describe('auto (default): built in, or the ssh command where a host needs it. ssh2: built in. openssh: ssh'),
    config_file: localPath
      .optional()
      .describe("The ssh_config that fills in what is not said here, as ssh -F. none: no file. Default: ssh's own"),
  },
  'a map of SSH settings such as { user: deploy }',
);

export const become = z
  .union([flag(), map({ password: secret('Password for sudo') }, '{ password: … }')], {
    error: 'must be true, false or { password: … }',
  })
  .describe('true (default): sudo without a password. { password: … }: sudo with one. false: the user is root');

export const host = z
  .union(
    [
      address,
      map(
        {
          address: address.describe('Name or IP address to connect to'),
          ssh: ssh.optional().describe('SSH settings of this host alone'),
          become: become.optional(),
        },
        'a map such as { address: 192.168.1.10 }',
      ),
    ],
    { error: 'must be an address, or a map such as { address: 192.168.1.10 }' },
  )
  .describe('A host: its address, or { address, ssh, become }');
