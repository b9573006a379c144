import ipaddr from 'ipaddr.js';
import { stringify } from 'yaml';
import { ipFamily } from '../keepalived/names.ts';
import type { Service } from './model.ts';

/** What `haprov init` asks, or takes from flags. */
export interface InitAnswers {
  /** At least two; the first one is to hold the VIP while all is well. */
  readonly hosts: readonly { readonly name: string; readonly address: string }[];
  /** With its prefix: 192.168.1.100/24. */
  readonly vip: string;
  readonly interface: string;
  readonly service: Service;
  /** Who logs in. */
  readonly user: string;
  /** Default: from the VIP's last octet. */
  readonly vrid?: number;
  /** Jump hosts in the order of travel. */
  readonly jump?: readonly string[];
}

/** The file that `haprov schema > haprov.schema.json` writes, for editors. */
const SCHEMA_LINE = '# yaml-language-server: $schema=./haprov.schema.json';

/**
 * A commented inventory. Values are written as YAML scalars whatever they hold; whether they make sense the parser
 * says, with line and column.
 */
export function renderInventory(answers: InitAnswers): string {
  const { hosts, vip, service, user } = answers;
  const id = answers.vrid ?? suggestRouterId(vip);
  const priorities = hosts.map(({ name }, index) => `${key(name)}: ${Math.max(1, 150 - index * 50)}`).join(', ');
  return `${SCHEMA_LINE}
# haprov lint FILE     what is wrong with it, without touching a host
# haprov plan FILE     what an apply would change, host by host
# haprov apply FILE    do it

ssh:
  user: ${scalar(user)}
  # identity_file: ~/.ssh/id_ed25519      # default: the agent, then the usual keys
  # host_key_checking: strict             # every host key must be in known_hosts
${renderJump(answers.jump)}
# sudo without a password; { password: { env: SUDO_PASSWORD } } with one; false when the user is root
become: ${user === 'root' ? 'false' : 'true'}

clusters:
  web:
    service: ${service}
    hosts:
${hosts.map(({ name, address }) => `      ${key(name)}: ${scalar(address)}`).join('\n')}
    vrrp_instances:
      VI_1:
        # 1 to 255, the same on all hosts of the instance, and used by nobody else on this network
        virtual_router_id: ${id}
        interface: ${scalar(answers.interface)}
        # the healthy host with the highest priority holds the VIP
        priority: { ${priorities} }
        virtual_ipaddress: [${scalar(vip)}]
        # nopreempt: true                 # a host that comes back leaves the VIP where it is
        # unicast: true                   # where the network carries no multicast
        # auth_pass: { env: VRRP_AUTH_PASS }  # at most 8 letters and digits; travels in clear text
${renderCheck(service)}
    # notify: { slack_webhook: { env: SLACK_WEBHOOK_URL } }
`;
}

/** A VRID that neighbours with other VIPs do not choose too: the VIP's last octet. */
export function suggestRouterId(vip: string): number {
  const address = vip.split('/')[0] ?? '';
  if (ipFamily(address) === undefined) return 51;
  return ipaddr.parse(address).toByteArray().at(-1) || 51;
}

function renderJump(jump: readonly string[] | undefined): string {
  if (jump === undefined || jump.length === 0) return '  # proxy_jump: [ops@bastion.example.com:22]\n';
  return `  proxy_jump: [${jump.map(scalar).join(', ')}]\n`;
}

function renderCheck(service: Service): string {
  if (service === 'none')
    return '        # track_script: { check_app: { script: ./check-app.sh, interval: 2, timeout: 1 } }';
  return `        # watched by default: track_script: { check_${service}: { interval: 2, timeout: 1, fall: 2, rise: 2, weight: 0 } }`;
}

function scalar(value: string): string {
  const written = stringify(value, { lineWidth: 0, defaultStringType: 'PLAIN' }).trimEnd();
  const plain = /^[A-Za-z0-9~./_-][A-Za-z0-9~./_:@-]*$/.test(written) && !written.endsWith(':');
  return plain || written.startsWith('"') ? written : JSON.stringify(value);
}

function key(name: string): string {
  return /^[A-Za-z][A-Za-z0-9_.-]*$/.test(name) ? name : JSON.stringify(name);
}
