import type { ProofRow } from '../../vrrp/proof.ts';
import { formatRange } from '../../vrrp/timing.ts';
import type { Style } from '../terminal/style.ts';
import { alignedRows } from '../terminal/table.ts';

/**
 * The failover proof of one VRRP instance: a row for each event, each host's effective priority after it ("-": out of
 * the election), who holds the VIP then, and how long it does not answer. No lines without rows.
 */
export function proofTable(
  proof: { readonly cluster: string; readonly instance: string; readonly rows: readonly ProofRow[] },
  style: Style,
): string[] {
  const [first] = proof.rows;
  if (first === undefined) return [];
  const hosts = Object.keys(first.standing);
  const name = `PROOF ${style.line(proof.cluster)}/${style.line(proof.instance)}`;
  const head = [name, ...hosts.map(style.line), 'HOLDER', 'GAP', 'WHY'];
  const body = proof.rows.map((row) => cells(row, hosts, style));
  const [title = '', ...lines] = alignedRows([head, ...body], (column) => column >= 1 && column <= hosts.length);
  return [style.bold(title), ...lines.map((line, at) => (proof.rows[at]?.proved === false ? style.red(line) : line))];
}

function cells(row: ProofRow, hosts: readonly string[], style: Style): string[] {
  const standings = hosts.map((host) => row.standing[host]?.toString() ?? '-');
  const holder = row.holder === undefined ? 'none' : style.line(row.holder);
  return [`  ${style.line(row.scenario)}`, ...standings, holder, gapText(row), style.line(row.why)];
}

function gapText({ gap }: ProofRow): string {
  return gap === undefined ? 'FOREVER' : formatRange(gap);
}
