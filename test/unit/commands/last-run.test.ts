import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failedClusters, type Outcomes, saveLastRun } from '../../../src/commands/last-run.ts';
import { UsageError } from '../../../src/errors.ts';

let home: string;
let file: string;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'haprov-last-run-'));
  file = join(home, 'inventory.yaml');
  writeFileSync(file, 'clusters: {}\n');
  env = { HOME: home };
});
afterEach(() => rmSync(home, { recursive: true }));

const RUN = { run: 'r261122-105725-4f2a', verb: 'apply' };
const outcomes = (statuses: Readonly<Record<string, Outcomes[string]['status']>>): Outcomes =>
  Object.fromEntries(
    Object.entries(statuses).map(([id, status]) => [id, { cluster: id.split('/', 1).join(''), status }]),
  );

describe('the record of the last run', () => {
  it('names the clusters in which a host did not end well, untouched partners included, each once', async () => {
    const hosts = outcomes({
      'a/lb1': 'changed',
      'a/lb2': 'ok',
      'b/lb1': 'failed',
      'b/lb2': 'untouched',
      'c/lb1': 'ok',
      'c/lb2': 'unreachable',
    });
    await saveLastRun(env, file, RUN, hosts);
    expect(await failedClusters(env, file)).toEqual(['b', 'c']);
  });

  it('is replaced whole by that of the next run', async () => {
    await saveLastRun(env, file, RUN, outcomes({ 'a/lb1': 'failed' }));
    await saveLastRun(env, file, RUN, outcomes({ 'b/lb1': 'failed' }));
    expect(await failedClusters(env, file)).toEqual(['b']);
    expect(readdirSync(join(home, '.local/state/haprov'))).toHaveLength(1);
  });

  it('that has nothing to rerun is an error, as an empty match would look like success', async () => {
    await saveLastRun(env, file, RUN, outcomes({ 'a/lb1': 'changed' }));
    await expect(failedClusters(env, file)).rejects.toThrow(UsageError);
    await expect(failedClusters(env, file)).rejects.toThrow('nothing failed in r261122-105725-4f2a');
  });

  it('that is missing or spoiled is an error', async () => {
    await expect(failedClusters(env, file)).rejects.toThrow('no earlier apply');
    await saveLastRun(env, file, RUN, outcomes({ 'a/lb1': 'failed' }));
    const directory = join(home, '.local/state/haprov');
    writeFileSync(join(directory, readdirSync(directory)[0] ?? ''), '{"format":2}');
    await expect(failedClusters(env, file)).rejects.toThrow('no earlier apply');
  });

  it('is one for each inventory, kept where XDG_STATE_HOME says, for its owner alone', async () => {
    const other = join(home, 'other.yaml');
    writeFileSync(other, '');
    const elsewhere = { HOME: home, XDG_STATE_HOME: join(home, 'state') };
    await saveLastRun(elsewhere, file, RUN, outcomes({ 'a/lb1': 'failed' }));
    await expect(failedClusters(elsewhere, other)).rejects.toThrow(UsageError);
    const directory = join(home, 'state/haprov');
    expect(statSync(join(directory, readdirSync(directory)[0] ?? '')).mode & 0o777).toBe(0o600);
  });
});
