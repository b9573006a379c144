import { z } from 'zod';
import { address, flag, localPath, map, named, text } from '../../keepalived/fields.ts';
import { PLAIN_URL } from '../../keepalived/names.ts';
import { VRRP_INSTANCE } from '../../keepalived/table/vrrp-instance.ts';
import { VRRP_SCRIPT } from '../../keepalived/table/vrrp-script.ts';
import { NGINX_HEALTH_URL } from '../../vrrp/paths.ts';
import { HAPROXY_SOCKET } from '../defaults.ts';
import { shapeOf } from './keywords.ts';
import { secret } from './secret.ts';

export const check = map(
  {
    ...shapeOf(VRRP_SCRIPT, {}),
    url: text('an http or https URL without quotes, spaces and user, as http://127.0.0.1/health', PLAIN_URL)
      .refine((url) => URL.canParse(url), 'must be an http or https URL, as http://127.0.0.1/health')
      .optional()
      .describe(
        `nginx: the URL that must answer 200 on the host itself. Default ${NGINX_HEALTH_URL}, which haprov sets up`,
      ),
    socket: text('an absolute path of letters, digits, _, ., - and /', /^\/[A-Za-z0-9_./-]{1,100}$/)
      .optional()
      .describe(`haproxy: its stats socket. Default ${HAPROXY_SOCKET}, then the other one that distributions set up`),
    script: localPath.optional().describe('Your own check, a file on this machine; exit status 0 means healthy'),
  },
  'a map such as { interval: 2, timeout: 1 }, or {} for the defaults',
);

const SOURCES = 'true, false or a map of host names to IP addresses';

/** A VRRP instance: the table's keywords; the forms of secrets, hosts and checks are the inventory's. */
export const instance = map(
  shapeOf(VRRP_INSTANCE, {
    password: secret,
    unicast: () => z.union([flag(), named(address, SOURCES)], { error: `must be ${SOURCES}` }),
    checks: () => named(check, 'a map of checks such as { check_nginx: { interval: 2 } }'),
  }),
  'a map of a VRRP instance',
);
