import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change } from '../../../src/changes/change.ts';
import type { ChangeData } from '../../../src/changes/registry.ts';
import { stepsOf } from '../../../src/changes/steps.ts';
import { owedSubject } from '../../../src/facts/state/pending-handlers.ts';
import { STATE_DIRECTORY } from '../../../src/facts/state/state-directory.ts';
import { encodeValue } from '../../../src/host/encode.ts';
import { joinHandlers } from '../../../src/plan/handlers.ts';
import { stepScript } from '../host/call-script.ts';

function change(action: Change['action'], target: string, script: string, notify: readonly string[] = []): Change {
  const data: ChangeData[] = [{ kind: 'command', argv: ['sh', '-c', script], timeout: 1 }];
  return { task: 't', module: 'm', action, target, detail: '', phase: 'activate', data, notify };
}

const RELOAD = { name: 'reload it', changes: [change('reload', 'service a', 'true')] };

describe('work that is owed', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'haprov-debt-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const local = (script: string): string =>
    script
      .replaceAll(STATE_DIRECTORY, join(directory, 'state'))
      .replaceAll(encodeValue(STATE_DIRECTORY), encodeValue(join(directory, 'state')));
  const runChange = (one: Change | undefined): number => {
    for (const { script } of one === undefined ? [] : stepsOf(one).map(stepScript)) {
      const { status } = spawnSync('dash', ['-c', local(script)]);
      if (status !== 0) return status ?? -1;
    }
    return 0;
  };
  const records = (): string[] => {
    const owed = join(directory, 'state', 'owed');
    return existsSync(owed) ? readdirSync(owed) : [];
  };
  const asked = (): readonly string[] => {
    const { stdout } = spawnSync('dash', ['-c', local(owedSubject.script(['owed']))], { encoding: 'utf8' });
    return owedSubject.parse(stdout, ['owed'])[0] ?? [];
  };

  it('is recorded before the change that causes it, and cleared after the handler', () => {
    const update = change('update', '/1', `ls ${STATE_DIRECTORY}/owed/* >/dev/null`, ['reload it']);
    const [first, handler] = joinHandlers([update], [RELOAD], []);
    expect(runChange(first)).toBe(0);
    expect(asked()).toEqual(['reload it']);
    expect(runChange(handler)).toBe(0);
    expect(asked()).toEqual([]);
  });

  it('stays recorded when the change fails, and when the handler fails', () => {
    const [first] = joinHandlers([change('update', '/1', 'exit 3', ['reload it'])], [RELOAD], []);
    expect(runChange(first)).toBe(3);
    expect(asked()).toEqual(['reload it']);
    const failing = { name: 'reload it', changes: [change('reload', 'service a', 'exit 4')] };
    expect(runChange(joinHandlers([], [failing], ['reload it'])[0])).toBe(4);
    expect(asked()).toEqual(['reload it']);
  });

  it('is done by a later plan although no file differs, and says why', () => {
    const changes = joinHandlers([], [RELOAD], ['reload it']);
    expect(changes.map(({ action, target, detail }) => [action, target, detail])).toEqual([
      ['reload', 'service a', 'owed since an earlier apply'],
    ]);
  });

  it('is not recorded where the handler has nothing to do', () => {
    const update = change('update', '/1', 'true', ['reload it']);
    const stopped = { name: 'reload it', changes: [] };
    expect(runChange(joinHandlers([update], [stopped], [])[0])).toBe(0);
    expect(records()).toEqual([]);
  });

  it('is paid by a start, which reads all of the configuration', () => {
    const update = change('update', '/1', 'true', ['reload it']);
    expect(runChange(joinHandlers([update], [RELOAD], [])[0])).toBe(0);
    const start = change('start', 'service a', 'true');
    const changes = joinHandlers([start], [{ name: 'reload it', changes: [] }], ['reload it']);
    expect(changes.map(({ action }) => action)).toEqual(['start']);
    expect(runChange(changes[0])).toBe(0);
    expect(asked()).toEqual([]);
  });

  it('is none of a service that stops: a reload would start it again', () => {
    const tasks = [change('stop', 'service a', 'true'), change('update', '/1', 'true', ['reload it'])];
    const changes = joinHandlers(tasks, [RELOAD], ['reload it']);
    expect(changes.map(({ action }) => action)).toEqual(['stop', 'update']);
    for (const one of changes) expect(runChange(one)).toBe(0);
    expect(asked()).toEqual([]);
  });

  it('is recorded under any name', () => {
    const name = `reload $(it) '"/.. ü`;
    const handler = { name, changes: [change('reload', 'service a', 'true')] };
    const [first, second] = joinHandlers([change('update', '/1', 'true', [name])], [handler], []);
    expect(runChange(first)).toBe(0);
    expect(asked()).toEqual([name]);
    expect(runChange(second)).toBe(0);
    expect(records()).toEqual([]);
  });
});
