import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runVerb } from '../../../../src/host/client.ts';
import { handOverAll, type SwitchoverContext } from '../../../../src/operate/switchover/act.ts';
import { armReturn, disarmReturn, newReturn } from '../../../../src/operate/switchover/return.ts';
import { LEASE, takeLease } from '../../../../src/rollout/lease/acquire-lease.ts';
import type { Session } from '../../../../src/transport/session.ts';
import { clusterOf, createWorld, isStart, isStop, PAIR, type World } from '../../rollout/gates/world.ts';
import { alice, GuardedHost, until } from '../../rollout/lease/support.ts';

const KEEP = { who: 'ada@ops', reason: '', kind: 'switchover' } as const;
const NAMES: readonly (readonly [string, (script: string) => boolean])[] = [
  ['guard', (script) => script.includes(' arm switch=return ')],
  ['stop', isStop],
  ['enter', (script) => script.includes('kind=switchover')],
  ['start', isStart],
  ['forget the guard', (script) => / confirm switch=return .* running=keepalived$/.test(script)],
];

/** What was done on lb1, in order. */
function done({ ran }: World): string[] {
  return ran
    .filter(({ host }) => host === 'lb1')
    .flatMap(({ script }) => NAMES.find(([, matches]) => matches(script))?.[0] ?? []);
}

/** A pair whose second member takes the VIP at once; scripts of `broken` fail. */
function worldWith(broken?: string): { readonly world: World; readonly acting: SwitchoverContext } {
  const world = createWorld(clusterOf(PAIR));
  world.host('lb1').onStop = () => {
    world.host('lb2').vips = [...world.host('lb1').vips];
    world.host('lb1').vips = [];
  };
  const { cluster, sessions, emit } = world;
  const session = sessions.get('lb1');
  if (session === undefined) throw new Error('no session');
  const run: Session['run'] = async (script, options) => {
    const name = NAMES.find(([, matches]) => matches(script))?.[0];
    if (name === undefined || name === 'stop' || (name === 'start' && broken !== name))
      return session.run(script, options);
    world.ran.push({ host: 'lb1', script });
    return name === broken ? { code: 1, stdout: '', stderr: `no ${name}` } : { code: 0, stdout: '', stderr: '' };
  };
  const fenced = new Map(sessions).set('lb1', { ...session, run });
  return { world, acting: { cluster, asking: sessions, sessions: fenced, emit, signal: new AbortController().signal } };
}

describe('a host that hands its VIPs away', () => {
  it('is guarded by itself before its keepalived stops, until that runs again', async () => {
    const { world, acting } = worldWith();
    await handOverAll(acting, 'lb1', undefined);
    expect(done(world)).toEqual(['guard', 'stop', 'start', 'forget the guard']);
  });

  it('is guarded until it is in maintenance, where it is to stay so', async () => {
    const { world, acting } = worldWith();
    await handOverAll(acting, 'lb1', KEEP);
    expect(done(world)).toEqual(['guard', 'stop', 'enter', 'forget the guard']);
  });

  it('is not stopped where it cannot guard itself', async () => {
    const { world, acting } = worldWith('guard');
    await expect(handOverAll(acting, 'lb1', KEEP)).rejects.toThrow('no guard');
    expect(done(world)).toEqual(['guard']);
  });

  it('runs again where its maintenance could not begin', async () => {
    const { world, acting } = worldWith('enter');
    await expect(handOverAll(acting, 'lb1', KEEP)).rejects.toThrow('no enter');
    expect(done(world)).toEqual(['guard', 'stop', 'enter', 'start', 'forget the guard']);
  });

  it('is not put into maintenance where it was meant to run and does not', async () => {
    const { world, acting } = worldWith('start');
    await expect(handOverAll(acting, 'lb1', undefined)).rejects.toThrow('did not start again');
    expect(done(world)).not.toContain('enter');
  });

  it.each([
    ['keepalived runs again', 'active', false, true],
    ['it is in maintenance', 'inactive', true, true],
    ['keepalived does not run', 'inactive', false, false],
  ])('forgets its guard, or keeps it, where %s', async (_, state, kept, forgets) => {
    const host = new GuardedHost();
    const started = host.path('started');
    const answer = `s=${state}; [ ! -e ${started} ] || s=active; [ "$2" = -q ] || echo $s; [ $s = active ]`;
    host.stub('systemctl', `case $1 in is-active) ${answer} ;; show) echo 7 ;; start) touch ${started} ;; esac`);
    const session = host.session();
    await takeLease(session, alice, '', 'none', LEASE);
    if (kept) host.write('maintenance', '');
    const comesBack = newReturn();
    const armed = armReturn(comesBack, 600);
    expect((await runVerb(session, armed)).stdout).toBe('armed\n');
    const disarmed = disarmReturn(comesBack);
    expect((await runVerb(session, disarmed)).code).toBe(0);
    const left = readdirSync(host.path('root/run/haprov-return'));
    expect(left.includes('armed')).toBe(!forgets);
    expect(left.includes('confirmed')).toBe(forgets);
    if (!forgets) {
      // The time is over.
      const record = readFileSync(host.path('root/run/haprov-return/armed'), 'utf8');
      writeFileSync(host.path('root/run/haprov-return/deadline'), `${/^arm=(.*)$/m.exec(record)?.[1]} 1\n`);
      await until(() => existsSync(started) && !existsSync(host.path('root/run/haprov-return/rolling')));
    }
    expect(existsSync(started)).toBe(!forgets);
    host.remove();
  });
});
