import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  armCall,
  parseReverted,
  prolongCall,
  type Reverted,
  revertCall,
  type Switch,
  strikeCall,
} from '../../../../src/host/auto-revert.ts';
import { changeLine, type HostCall } from '../../../../src/host/client.ts';
import { GuardedHost, SHELLS, until } from '../../rollout/lease/support.ts';

const HOUR = 3600;

describe.each(SHELLS)('the guard of a drill under %s', (...shell) => {
  let host: GuardedHost;
  let undo: string;

  const play = (call: HostCall) => host.call(call, shell);
  const guard = (token: string): Switch => ({ name: 'drill', token, run: `drill-${token}` });
  const arm = (token: string, seconds: number, text = undo) =>
    play(armCall(guard(token), { seconds, list: [changeLine('script', { script: text })] }));
  const strike = (token: string, ready: string, make: string) => play(strikeCall(guard(token), HOUR, ready, make));
  const right = async (token: string): Promise<Reverted | undefined> =>
    parseReverted(await play(revertCall(guard(token), 'told')));
  const told = (name: string): string => (existsSync(host.path(name)) ? readFileSync(host.path(name), 'utf8') : '');
  const made = (text: string): string => `echo ${text} >>${host.path('made')}`;

  beforeEach(() => {
    host = new GuardedHost();
    undo = `echo undone >>${host.path('undone')}`;
  });
  // A watcher whose token is gone ends.
  afterEach(() => host.remove());

  it('makes a fault only while it is armed, and undoes it when told to', async () => {
    expect(await arm('t1', HOUR)).toMatchObject({ code: 0, stdout: 'armed\n' });
    const struck = await strike('t1', made('ready'), made('made'));
    expect(struck.stdout).toMatch(/^at \d{19}\nat \d{19}\n$/);
    expect(told('made')).toBe('ready\nmade\n');
    expect((await play(prolongCall(guard('t1'), HOUR))).stdout).toBe('prolonged\n');
    expect(told('undone')).toBe('');
    const at = { from: expect.stringMatching(/^\d{19}$/), to: expect.stringMatching(/^\d{19}$/) };
    expect(await right('t1')).toEqual({ ok: true, reason: 'told', detail: '', at });
    expect(await right('t1')).toMatchObject({ ok: true, reason: 'told' });
    expect(told('undone')).toBe('undone\n');
    expect((await strike('t1', ':', made('again'))).stdout).toBe('gone\n');
    expect(told('made')).toBe('ready\nmade\n');
  });

  it('undoes by itself once nothing was heard in time, and tells whoever comes too late', async () => {
    await arm('t2', 0);
    await until(() => told('undone') !== '');
    expect(await right('t2')).toMatchObject({ ok: true, reason: 'nobody confirmed it within 0 s' });
    expect((await play(prolongCall(guard('t2'), HOUR))).stdout).toBe('gone\n');
    expect((await strike('t2', ':', made('made'))).stdout).toBe('gone\n');
    expect(told('made')).toBe('');
    expect(told('undone')).toBe('undone\n');
  });

  it('stays armed where the undo fails, says why, and undoes it later', async () => {
    await arm('t3', HOUR, `[ -e ${host.path('mended')} ] || { echo "not mended" >&2; exit 1; }; ${undo}`);
    const failed = await play(revertCall(guard('t3'), 'told'));
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('not mended');
    expect((await strike('t3', ':', made('made'))).stdout).toBe('gone\n');
    writeFileSync(host.path('mended'), '');
    expect(await right('t3')).toMatchObject({ ok: true });
    expect(told('undone')).toBe('undone\n');
  });

  it('takes the step of a fault that fails for a failure', async () => {
    await arm('t4', HOUR);
    expect(await strike('t4', ':', "fail 'no nft'")).toMatchObject({ code: 1, stderr: 'no nft\n' });
    await right('t4');
  });

  it('does nothing of a step that was cut off on its way', async () => {
    await arm('t7', HOUR);
    const call = strikeCall(guard('t7'), HOUR, made('ready'), made('made'));
    const cut = await play({ ...call, content: `${call.content}`.slice(0, -4) });
    expect(cut.code).not.toBe(0);
    expect(told('made')).toBe('ready\n');
    await right('t7');
  });

  it('undoes what a dead drill left before it arms anew', async () => {
    await arm('t5', HOUR);
    expect((await arm('t6', HOUR, undo.replace('undone ', 'second '))).stdout).toContain('armed');
    expect(told('undone')).toBe('undone\n');
    expect((await strike('t5', ':', made('made'))).stdout).toBe('gone\n');
    await right('t6');
    expect(told('undone')).toBe('undone\nsecond\n');
  });
});
