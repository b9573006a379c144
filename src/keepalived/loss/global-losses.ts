import type { Statement } from '../parse.ts';
import { type Loss, lossAt, wordsOf } from './loss.ts';

/** What haprov always says itself, and names that change nothing of what is served. */
const OWN = new Set(['router_id', 'script_user', 'enable_script_security', 'lvs_id', 'instance']);
/** Who gets mail matters where something sends one. */
const MAIL = /^(?:notification_email|notification_email_from|smtp_server|smtp_connect_timeout|smtp_helo_name)$/;
/** What keepalived does anyway. */
const DEFAULTS: Readonly<Record<string, string>> = {
  vrrp_version: '2',
  vrrp_garp_interval: '0',
  vrrp_gna_interval: '0',
  vrrp_garp_master_delay: '5',
  vrrp_garp_master_repeat: '5',
  vrrp_garp_master_refresh_repeat: '1',
  vrrp_mcast_group4: '224.0.0.18',
  vrrp_mcast_group6: 'ff02::12',
  vrrp_iptables: '',
  smtp_connect_timeout: '30',
};

/** Settings of global_defs that change what keepalived does and that the new file does not have. */
export function globalLosses(old: readonly Statement[], next: readonly Statement[], mails: boolean): readonly Loss[] {
  const kept = new Set(next.map(({ keyword }) => keyword));
  return old.flatMap((one): readonly Loss[] => {
    const { keyword, args } = one;
    if (OWN.has(keyword) || kept.has(keyword) || (MAIL.test(keyword) && !mails)) return [];
    if (Object.hasOwn(DEFAULTS, keyword) && DEFAULTS[keyword] === args.join(' ')) return [];
    return [lossAt(one, `${wordsOf(one)} of global_defs`, keyword)];
  });
}

/** Whether a configuration sends mail. */
export function sendsMail(statements: readonly Statement[]): boolean {
  return statements.some(
    ({ keyword, args, children = [] }) =>
      (keyword.startsWith('smtp_alert') && !/^(?:false|no|off)$/.test(args[0] ?? '')) ||
      keyword === 'virtual_server' ||
      sendsMail(children),
  );
}
