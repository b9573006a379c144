import type { Goal } from './goals.ts';
import type { Summary } from './statistics.ts';

const HEAD = ['', 'median', 'min–max', 'runs', 'its CPU', 'peak memory', 'haprov takes'];

/** A fleet's rows for the terminal. */
export function renderTable(hosts: number, rows: readonly Summary[]): string {
  const cells = rows.map((row) =>
    row.runs === 0
      ? [row.name, 'failed', row.faults[0]?.split('\n')[0]?.slice(0, 60) ?? '', '0', '', '', '']
      : [
          row.name,
          seconds(row.medianMs),
          `${(row.minMs / 1000).toFixed(2)}–${seconds(row.maxMs)}`,
          String(row.runs),
          seconds(row.cpuMs),
          `${row.rssMiB.toFixed(0)} MiB`,
          row.ratio === 1 ? '' : share(row.ratio),
        ],
  );
  return [`${hosts} hosts, converged`, ...align([HEAD, ...cells])].join('\n');
}

/** The goals, one a line. */
export function renderGoals(goals: readonly Goal[]): string {
  return goals.map(({ goal, seen, reached }) => `${reached ? 'reached' : 'MISSED '}  ${goal}: ${seen}`).join('\n');
}

function share(ratio: number): string {
  return ratio >= 0.1 ? `${ratio.toFixed(2)} of it` : `1/${(1 / ratio).toFixed(0)} of it`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function align(rows: readonly (readonly string[])[]): string[] {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
