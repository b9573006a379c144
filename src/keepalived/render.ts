import type { KeepalivedConfig, VirtualAddress, VrrpInstance, VrrpScript } from './config.ts';
import {
  absolutePath,
  authPass,
  blockName,
  commandLine,
  globalLine,
  ipAddress,
  linkName,
  plainWord,
  seconds,
  shortLine,
  UnsafeValueError,
  wholeNumber,
} from './guard.ts';

/** Lines of global_defs that haprov always writes itself, so that the scripts run as they were checked. */
export const OWN_GLOBAL_DEFS: readonly string[] = ['router_id', 'script_user', 'enable_script_security'];

/**
 * Lines of global_defs that a line of the user's replaces. vrrp_skip_check_adv_addr lets the VIP list change while
 * both hosts run; gratuitous ARP every minute mends switches that learned the VIP at the wrong port.
 */
const DEFAULT_GLOBAL_DEFS: readonly string[] = ['vrrp_skip_check_adv_addr', 'vrrp_garp_master_refresh 60'];

const HEADER = '# Written by haprov; changes made here are overwritten.';

/**
 * A whole keepalived.conf, the same text for the same values, with a final newline. Every instance starts as BACKUP:
 * keepalived elects by priority, and `state MASTER` would undo nopreempt. Addresses of the other family than the
 * instance's go to virtual_ipaddress_excluded, as keepalived wants one family per instance. What has no effect beside
 * another setting (auth_pass in version 3 and with IPv6, preempt_delay beside nopreempt) is left out.
 *
 * @throws UnsafeValueError where a value could become a directive or is out of keepalived's range
 */
export function renderKeepalivedConf(config: KeepalivedConfig): string {
  const lines = [
    HEADER,
    '',
    ...block('global_defs', globalDefs(config)),
    ...config.vrrp_scripts.flatMap((script) => ['', ...vrrpScript(script)]),
    ...config.vrrp_instances.flatMap((instance) => ['', ...vrrpInstance(instance)]),
  ];
  return `${lines.map(shortLine).join('\n')}\n`;
}

function block(head: string, body: readonly string[]): string[] {
  return [`${head} {`, ...body.map((line) => `    ${line}`), '}'];
}

function globalDefs({ router_id, global_defs }: KeepalivedConfig): string[] {
  const extra = global_defs.map((line) => globalLine(line, 'a line of global_defs'));
  for (const [keyword] of extra) {
    if (OWN_GLOBAL_DEFS.includes(keyword)) {
      throw new UnsafeValueError(`${keyword} in global_defs`, 'a line to set: haprov writes it itself');
    }
  }
  const replaced = extra.map(([keyword]) => keyword);
  const defaults = DEFAULT_GLOBAL_DEFS.filter((line) => !replaced.includes(line.split(' ', 1).join('')));
  return [
    `router_id ${plainWord(router_id, 'router_id')}`,
    'script_user root',
    'enable_script_security',
    ...defaults,
    ...extra.map((words) => words.join(' ')),
  ];
}

function vrrpScript(script: VrrpScript): string[] {
  const of = (key: string): string => `${key} of a vrrp_script`;
  return block(`vrrp_script ${blockName(script.name, of('name'))}`, [
    `script "${commandLine(script.script, of('script'))}"`,
    `interval ${wholeNumber(script.interval, 1, 86_400, of('interval'))}`,
    `timeout ${wholeNumber(script.timeout, 1, 86_400, of('timeout'))}`,
    `weight ${wholeNumber(script.weight, -253, 253, of('weight'))}`,
    `fall ${wholeNumber(script.fall, 1, 1000, of('fall'))}`,
    `rise ${wholeNumber(script.rise, 1, 1000, of('rise'))}`,
  ]);
}

function vrrpInstance(instance: VrrpInstance): string[] {
  const name = blockName(instance.name, 'name of a vrrp_instance');
  const of = (key: string): string => `${key} of vrrp_instance ${name}`;
  const { advert_int, auth_pass, unicast, version } = instance;
  const link = linkName(instance.interface, of('interface'));
  const [first] = instance.virtual_ipaddress;
  if (first === undefined) throw new UnsafeValueError(of('virtual_ipaddress'), 'a list of one or more addresses');
  const family = unicast === undefined ? first.family : unicast.src_ip.includes(':') ? 6 : 4;
  const v3 = version === 3 || family === 6;
  if (family === 6 && version === 2) throw new UnsafeValueError(of('version'), '3: IPv6 has no other');
  const address = (vip: VirtualAddress): string => virtualAddress(vip, link, of('virtual_ipaddress'));
  const excluded = instance.virtual_ipaddress.filter((vip) => vip.family !== family);
  return block(`vrrp_instance ${name}`, [
    'state BACKUP',
    ...(instance.nopreempt ? ['nopreempt'] : []),
    // keepalived rejects what has no effect: a delay with nopreempt, a password in version 3.
    ...(instance.preempt_delay === undefined || instance.nopreempt
      ? []
      : [`preempt_delay ${seconds(instance.preempt_delay, 0, 1000, of('preempt_delay'))}`]),
    `interface ${link}`,
    `virtual_router_id ${wholeNumber(instance.virtual_router_id, 1, 255, of('virtual_router_id'))}`,
    `priority ${wholeNumber(instance.priority, 1, 254, of('priority'))}`,
    ...(version === undefined ? [] : [`version ${wholeNumber(version, 2, 3, of('version'))}`]),
    `advert_int ${v3 ? seconds(advert_int, 0.01, 40.95, of('advert_int')) : wholeNumber(advert_int, 1, 255, of('advert_int'))}`,
    ...(unicast === undefined ? [] : unicastLines(unicast, family, of)),
    ...(auth_pass === undefined || v3
      ? []
      : block('authentication', ['auth_type PASS', `auth_pass ${authPass(auth_pass, of('auth_pass'))}`])),
    ...block('virtual_ipaddress', instance.virtual_ipaddress.filter((vip) => vip.family === family).map(address)),
    ...(excluded.length === 0 ? [] : block('virtual_ipaddress_excluded', excluded.map(address))),
    ...(instance.track_script.length === 0
      ? []
      : block(
          'track_script',
          instance.track_script.map((script) => blockName(script, of('track_script'))),
        )),
    ...(instance.notify === undefined ? [] : [`notify ${absolutePath(instance.notify, of('notify'))}`]),
  ]);
}

function unicastLines(
  { src_ip, peers }: NonNullable<VrrpInstance['unicast']>,
  family: 4 | 6,
  of: (key: string) => string,
): string[] {
  // Without peers keepalived would fall back to multicast, which the other hosts do not hear.
  if (peers.length === 0) throw new UnsafeValueError(of('unicast_peer'), 'a list of one or more addresses');
  return [
    `unicast_src_ip ${ipAddress(src_ip, family, of('unicast_src_ip'))}`,
    ...block(
      'unicast_peer',
      peers.map((peer) => ipAddress(peer, family, of('unicast_peer'))),
    ),
  ];
}

function virtualAddress({ address, prefix, family, label }: VirtualAddress, link: string, field: string): string {
  if (label !== undefined && family === 6) throw new UnsafeValueError(`label in ${field}`, 'allowed with IPv6');
  const plain = ipAddress(address, family, field);
  const bits = wholeNumber(prefix, 1, family === 4 ? 32 : 128, `prefix in ${field}`);
  return `${plain}/${bits} dev ${link}${label === undefined ? '' : ` label ${linkName(label, `label in ${field}`)}`}`;
}
