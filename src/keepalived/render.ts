import type { KeepalivedConfig, Mail } from './config.ts';
import {
  absolutePath,
  blockName,
  globalLine,
  mailAddress,
  plainWord,
  shortLine,
  UnsafeValueError,
  wholeNumber,
} from './guard.ts';
import { type Frame, inFileOrder, type Table, type Values } from './keyword.ts';
import { familyAndVersion } from './read.ts';
import { block } from './statements.ts';
import { GLOBAL_DEFS } from './table/global-defs.ts';
import { VRRP_INSTANCE } from './table/vrrp-instance.ts';
import { VRRP_SCRIPT } from './table/vrrp-script.ts';
import { VRRP_SYNC_GROUP } from './table/vrrp-sync-group.ts';
import { TRACK_FILE, VRRP_TRACK_PROCESS } from './table/vrrp-track.ts';

/** The first line of every keepalived.conf that haprov writes. */
export const HEADER = '# Written by haprov; changes made here are overwritten.';

/**
 * A whole keepalived.conf, the same text for the same values, with a final newline. Every instance starts as BACKUP:
 * keepalived elects by priority, and `state MASTER` would undo the refusal to preempt. What has no effect beside another value is left
 * out (`idle` in the table).
 *
 * @throws UnsafeValueError where a value could become a directive or is out of keepalived's range
 */
export function renderKeepalivedConf(config: KeepalivedConfig): string {
  const lines = [
    HEADER,
    '',
    ...block('global_defs', globalDefs(config)),
    ...(config.blocks ?? []).flatMap(({ keyword, lines: own }) => ['', ...block(keyword, own)]),
    ...(config.vrrp_track_processes ?? []).flatMap((one) => plainBlock('vrrp_track_process', VRRP_TRACK_PROCESS, one)),
    ...(config.track_files ?? []).flatMap((one) => plainBlock('track_file', TRACK_FILE, one)),
    ...config.vrrp_scripts.flatMap((script) => plainBlock('vrrp_script', VRRP_SCRIPT, script)),
    ...(config.vrrp_sync_groups ?? []).flatMap((one) => plainBlock('vrrp_sync_group', VRRP_SYNC_GROUP, one)),
    ...config.vrrp_instances.flatMap((instance) => {
      const name = blockName(instance.name, 'name of a vrrp_instance');
      const of = (key: string): string => `${key} of vrrp_instance ${name}`;
      const { family, version } = familyAndVersion(instance);
      if (family === 6 && instance.version === 2) throw new UnsafeValueError(of('version'), '3: IPv6 has no other');
      const ownLink = [instance.use_vmac, instance.use_ipvlan].some((own) => own !== undefined && own !== false);
      const frame = { family, version, interface: instance.interface, ownLink, of };
      return ['', ...linesOf('vrrp_instance', VRRP_INSTANCE, instance, frame)];
    }),
    ...(config.fragments ?? []).flatMap((path) => ['', `include ${absolutePath(path, 'a fragment')}`]),
  ];
  return `${lines.map(shortLine).join('\n')}\n`;
}

/** A block that depends on no instance. */
function plainBlock(kind: string, table: Table, named: { readonly name: string }): string[] {
  const of = (key: string): string => `${key} of a ${kind}`;
  return ['', ...linesOf(kind, table, named, { family: 4, version: 2, interface: '', of })];
}

/** A block with the lines of its keywords, in the file's order. */
function linesOf(kind: string, table: Table, named: { readonly name: string }, frame: Frame): string[] {
  const values: Values = { ...named };
  const lines = inFileOrder(table).flatMap(([keyword, row]) => {
    const value = values[keyword];
    if ((value === undefined && row.deprecated !== true) || row.idle?.(values, frame) === true) return [];
    return row.kind.write(keyword, value, frame);
  });
  return block(`${kind} ${blockName(named.name, frame.of('name'))}`, lines);
}

/** keepalived's own mailer, for every change of state of every instance. */
function mailLines(mail: Mail | undefined): string[] {
  if (mail === undefined) return [];
  const { to, from, server, port, timeout } = mail;
  return [
    ...block(
      'notification_email',
      to.map((address) => mailAddress(address, 'an address of notification_email')),
    ),
    `notification_email_from ${mailAddress(from, 'notification_email_from')}`,
    `smtp_server ${plainWord(server, 'smtp_server')} ${wholeNumber(port, 1, 65_535, 'the port of smtp_server')}`,
    `smtp_connect_timeout ${wholeNumber(timeout, 1, 3600, 'smtp_connect_timeout')}`,
    'smtp_alert_vrrp',
  ];
}

function globalDefs({ router_id, global_defs, mail }: KeepalivedConfig): string[] {
  const extra = global_defs.map((line) => globalLine(line, 'a line of global_defs'));
  for (const [keyword] of extra) {
    if (GLOBAL_DEFS.get(keyword)?.own === true)
      throw new UnsafeValueError(`${keyword} in global_defs`, 'a line to set: haprov writes it itself');
  }
  const replaced = new Set(extra.map(([keyword]) => keyword));
  return [
    `router_id ${plainWord(router_id, 'router_id')}`,
    ...[...GLOBAL_DEFS].flatMap(([keyword, { line }]) => (line === undefined || replaced.has(keyword) ? [] : [line])),
    ...extra.flatMap(([keyword, ...words]) =>
      words[0] === '{' ? block(keyword, words.slice(1, -1)) : [[keyword, ...words].join(' ')],
    ),
    ...mailLines(mail),
  ];
}
