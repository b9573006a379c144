import type { ProofRow } from '../../vrrp/proof.ts';
import type { Style } from '../terminal/style.ts';
import { columnsOf, pad } from '../terminal/text.ts';

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
  const title = `PROOF ${style.line(proof.cluster)}/${style.line(proof.instance)}`;
  const head = [title, ...hosts.map(style.line), 'HOLDER', 'GAP', 'WHY'];
  const body = proof.rows.map((row) => cells(row, hosts, style));
  const widths = head.map((cell, index) =>
    Math.max(...[head, ...body].map((cellsOfRow) => columnsOf(cellsOfRow[index] ?? cell))),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, index) => align(cell, widths[index] ?? 0, index >= 1 && index <= hosts.length))
      .join('  ')
      .trimEnd();
  return [
    style.bold(line(head)),
    ...body.map((row, index) => (proof.rows[index]?.proved === false ? style.red(line(row)) : line(row))),
  ];
}

function cells(row: ProofRow, hosts: readonly string[], style: Style): string[] {
  const standings = hosts.map((host) => row.standing[host]?.toString() ?? '-');
  const holder = row.holder === undefined ? 'nobody' : style.line(row.holder);
  return [`  ${style.line(row.scenario)}`, ...standings, holder, gapText(row), style.line(row.why)];
}

function gapText({ gap }: ProofRow): string {
  if (gap === undefined) return 'FOREVER';
  const from = (gap.min / 1000).toFixed(2);
  const to = (gap.max / 1000).toFixed(2);
  return from === to ? `${to}s` : `${from}-${to}s`;
}

function align(cell: string, width: number, right: boolean): string {
  return right ? ' '.repeat(Math.max(0, width - columnsOf(cell))) + cell : pad(cell, width);
}
