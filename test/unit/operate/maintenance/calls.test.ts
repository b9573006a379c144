import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAINTENANCE_RECORD, maintenanceSubject } from '../../../../src/facts/state/maintenance.ts';
import { STATE_DIRECTORY } from '../../../../src/facts/state/state-directory.ts';
import { beginCall, END_CALL } from '../../../../src/operate/maintenance/calls.ts';
import { callScript } from '../../host/call-script.ts';
import { SHELLS, Workshop } from '../../tasks/support.ts';

const KEEP = { who: "ada@ops o'hara", reason: 'a new disk; $(reboot) % é', kind: 'maintenance' } as const;
const BEGIN = callScript(beginCall(KEEP));
const END = callScript(END_CALL);

let shop: Workshop;
let calls: number;

/** Ends the shell that runs the script at its n-th call of a stub, as a power cut would. */
const CUT = 'read -r n <"$HOME/left"; echo $((n - 1)) >"$HOME/left"; [ "$n" -gt 0 ] || { kill -9 $PPID; exit 1; }';

beforeEach(() => {
  shop = new Workshop();
  for (const name of ['state', 'units', 'run']) mkdirSync(shop.path(name));
  // systemd as far as it matters: the condition lets keepalived start where there is no record, or no condition.
  shop.stub(
    'systemctl',
    `${CUT}
d=${shop.path('run')}
case "$1" in
  is-enabled) cat $d/enabled ;;
  is-active) if [ -e $d/active ]; then echo active; else echo inactive; fi ;;
  show) case $3 in MainPID) [ -e $d/active ] && echo 7 || echo 0 ;; SubState) echo running ;; esac ;;
  stop) rm -f $d/active ;;
  start) if [ -e $d/broken ]; then exit 1; fi
    if [ -e ${shop.path('state')}/maintenance ] && [ -e ${shop.path('units')}/keepalived.service.d/haprov-maintenance.conf ]; then exit 0; fi
    : >$d/active ;;
esac`,
  );
  for (const name of ['sync', 'journalctl', 'sleep']) shop.stub(name, CUT);
  for (const name of ['mv', 'rm', 'mkdir']) shop.stub(name, `${CUT}\nexec /bin/${name} "$@"`);
  calls = 1000;
});
afterEach(() => shop.remove());

const at = (path: string): string =>
  path.replaceAll('/etc/systemd/system', shop.path('units')).replaceAll(STATE_DIRECTORY, shop.path('state'));
const RECORD = () => at(MAINTENANCE_RECORD);
const CONDITION = () => shop.path('units/keepalived.service.d/haprov-maintenance.conf');

function run(script: string, shell: readonly string[] = ['dash']) {
  set('left', String(calls));
  return shop.run(shell, at(script));
}

function set(name: string, value: string): void {
  shop.run(['dash'], `printf '%s\\n' '${value}' >'${shop.path(name)}'`);
}

const runs = (): boolean => existsSync(shop.path('run/active'));
/** What the next boot does with keepalived, which is enabled. */
const boots = (): boolean => !(existsSync(RECORD()) && existsSync(CONDITION()));
const fact = () => maintenanceSubject.parse(run(maintenanceSubject.script(['maintenance'])).stdout, ['maintenance'])[0];

describe.each(SHELLS)('maintenance by %s', (...shell) => {
  it('stops keepalived, tells who and why in whatever words, and ends as if nothing had been', () => {
    set('run/active', '');
    set('run/enabled', 'enabled');
    expect(run(BEGIN, shell)).toMatchObject({ code: 0, stderr: '' });
    expect({ runs: runs(), boots: boots() }).toEqual({ runs: false, boots: false });
    expect(fact()).toMatchObject(KEEP);
    expect(fact()?.since).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(readFileSync(CONDITION(), 'utf8')).toContain(`ConditionPathExists=!${RECORD()}`);

    expect(run(END, shell)).toMatchObject({ code: 0, stdout: 'started\n' });
    expect({ runs: runs(), boots: boots() }).toEqual({ runs: true, boots: true });
    expect(shop.run(['dash'], `find ${shop.path('state')} ${shop.path('units')} -mindepth 1`).stdout).toBe('');
    expect(fact()).toBeNull();
  });

  it('that is begun twice, or ended twice, is the same', () => {
    set('run/enabled', 'enabled');
    for (const script of [BEGIN, BEGIN]) expect(run(script, shell).code).toBe(0);
    expect(boots()).toBe(false);
    for (const script of [END, END]) expect(run(script, shell).code).toBe(0);
    expect({ runs: runs(), boots: boots() }).toEqual({ runs: true, boots: true });
  });

  it('that ends starts no keepalived that would not start at boot', () => {
    set('run/enabled', 'disabled');
    run(BEGIN, shell);
    expect(run(END, shell)).toMatchObject({ code: 0, stdout: 'not-enabled\n' });
    expect(runs()).toBe(false);
  });

  it('goes on where keepalived does not start', () => {
    set('run/enabled', 'enabled');
    run(BEGIN, shell);
    const before = fact();
    set('run/broken', '');
    expect(run(END, shell)).toMatchObject({ code: 1, stderr: expect.stringContaining('did not start') });
    expect(boots()).toBe(false);
    expect(fact()).toEqual(before);
  });
});

describe('cut off at any moment', () => {
  it.each([
    ['its beginning', BEGIN, false],
    ['its end', END, true],
  ] as const)('%s leaves one of the two states, and the next one completes it', (_, script, after) => {
    set('run/enabled', 'enabled');
    const states = new Set<boolean>();
    let cuts = 0;
    for (let ended = false; !ended; cuts += 1) {
      run(after ? BEGIN : END);
      calls = cuts;
      ended = run(script).code === 0;
      calls = 1000;
      // Without its condition the record would be ignored: in maintenance by its word, and started at boot.
      expect(existsSync(RECORD()) && !existsSync(CONDITION())).toBe(false);
      states.add(boots());
      expect(run(script).code).toBe(0);
      expect(boots()).toBe(after);
    }
    expect(cuts).toBeGreaterThan(6);
    expect([...states].sort()).toEqual([false, true]);
  });
});
