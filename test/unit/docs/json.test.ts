import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../../src/inventory/model.ts';
import type { Finding } from '../../../src/operate/doctor/finding.ts';
import { CHECKS } from '../../../src/operate/doctor/registry.ts';
import type { LogEntry } from '../../../src/operate/logs/entry.ts';
import type { HostStatus } from '../../../src/operate/status/model.ts';
import { judgeCluster } from '../../../src/operate/status/verdict.ts';
import { doctorJson } from '../../../src/ui/status/doctor-view.ts';
import { logJson } from '../../../src/ui/status/logs-view.ts';
import { type StatusJson, statusJson } from '../../../src/ui/status/status-json.ts';
import { clusterWith } from '../tasks/support.ts';
import { codeBlocks, read } from './markdown.ts';

describe('JSON as docs/json.md shows it', () => {
  const shown = (heading: string): string =>
    codeBlocks(read('docs/json.md').split(`## \`${heading} --json\``)[1] ?? '', 'json')[0] ?? '';

  it('has the fields that status prints', () => {
    const cluster = clusterWith();
    const inventory: Inventory = { file: 'inventory.yaml', directory: '/', forks: 1, clusters: [cluster] };
    const nobody: HostStatus = { reachable: false, error: { message: 'no route' } };
    const real = statusJson(
      [judgeCluster(cluster, Object.fromEntries(cluster.hosts.map(({ id }) => [id, nobody])))],
      inventory,
    );
    const documented: StatusJson = JSON.parse(shown('status'));
    const parts = ({ clusters }: StatusJson) => {
      const [one] = Object.values(clusters);
      return [one, Object.values(one?.instances ?? {})[0], Object.values(one?.hosts ?? {})[0]].map((part) =>
        Object.keys(part ?? {}).sort(),
      );
    };
    expect(parts(documented)).toEqual(parts(real));
  });

  it('has the fields that doctor prints', () => {
    const documented: { readonly findings: readonly Finding[] } = JSON.parse(shown('doctor'));
    expect(doctorJson(documented.findings)).toEqual(documented);
    expect(
      documented.findings.every(({ id, name }) => CHECKS.some((check) => check.id === id && check.name === name)),
    ).toBe(true);
  });

  it('has the lines that logs prints', () => {
    const lines = shown('logs').trim().split('\n');
    for (const line of lines) {
      const entry: Omit<LogEntry, 'time'> & { readonly time: string } = JSON.parse(line);
      const micros = Date.parse(entry.time) * 1000 + Number(entry.time.slice(-4, -1));
      expect(logJson({ ...entry, time: micros }, (text) => text)).toBe(`${line}\n`);
    }
    expect(lines.length).toBe(2);
  });
});
