import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { passwordMark, runningVrrpSubject } from '../../../src/facts/keepalived/running-vrrp.ts';
import { vrrpStateSubject } from '../../../src/facts/keepalived/vrrp-state.ts';
import { parseFixture, SHELLS } from './support.ts';

const stateOf = (file: string) => parseFixture(vrrpStateSubject, `vrrp-state-${file}`, ['vrrp'])[0];

describe('the state of VRRP, as keepalived tells it', () => {
  it.each([
    ['bullseye', 2, 6],
    ['trixie', 2, 6],
  ])('is read from every version: %s', (file, since, faultSince) => {
    expect(stateOf(file)).toMatchObject({
      mainPid: 18,
      instances: [
        {
          name: 'VI_1',
          state: 'MASTER',
          effectivePriority: 150,
          wantstate: 'MASTER',
          since: expect.any(Number),
          waitsFor: 0,
        },
        {
          name: 'VI_2',
          state: 'FAULT',
          effectivePriority: 100,
          wantstate: 'FAULT',
          since: expect.any(Number),
          waitsFor: 0,
        },
        {
          name: 'VI_3',
          state: 'FAULT',
          effectivePriority: 100,
          wantstate: 'BACKUP',
          since: expect.any(Number),
          waitsFor: 1,
        },
        {
          name: 'VI_4',
          state: 'MASTER',
          effectivePriority: 100,
          wantstate: 'MASTER',
          since: expect.any(Number),
          waitsFor: 0,
        },
      ],
      checks: [
        { name: 'check_good', status: 'good' },
        { name: 'check_bad', status: 'bad' },
        { name: 'check_slow', status: 'unknown' },
      ],
    });
    const times = stateOf(file)?.instances.map((one) => one.since) ?? [];
    expect([times[0], times[1]]).toEqual([since, faultSince]);
  });

  it('has whole numbers of seconds, and the age of the process', () => {
    expect(stateOf('debian-pair')).toEqual({
      mainPid: 5358,
      age: 661.49,
      instances: [
        { name: 'VI_1', state: 'MASTER', effectivePriority: 150, wantstate: 'MASTER', since: 657, waitsFor: 0 },
      ],
      checks: [{ name: 'check_nginx', status: 'good' }],
    });
  });

  it('names the check that fails', () => {
    expect(stateOf('debian-fault')).toMatchObject({
      instances: [{ name: 'VI_1', state: 'FAULT' }],
      checks: [{ name: 'check_nginx', status: 'bad' }],
    });
  });

  it('is nothing where keepalived does not run', () => {
    expect(stateOf('rocky-blank')).toBeNull();
  });

  it('does not take the state of an interface for an instance that has no checks', () => {
    const output =
      'pid 7 age 100 now 9\n VRRP Instance = VI_1\n   State = BACKUP\n------< Interfaces >------\n   State = UP\n';
    expect(vrrpStateSubject.parse(output, ['vrrp'])[0]?.instances).toMatchObject([{ name: 'VI_1', state: 'BACKUP' }]);
  });

  it.each([
    '',
    'pid',
    'pid 7 age 1 now 9\n VRRP Instance = VI_1\n',
    'pid 7 age 1 now 9\n VRRP Instance = VI_1\n   State = odd\n',
  ])('is no answer when it is not whole: %j', (output) => {
    expect(() => vrrpStateSubject.parse(output, ['vrrp'])).toThrow(/state/);
  });
});

const DUMP = `------< Global definitions >------
 Router ID = lb1
------< VRRP Topology >------
 VRRP Instance = VI_1
   State = BACKUP
   Wantstate = BACKUP
   Last transition = 1000.000000 (long ago)
   Effective priority = 90
   Authentication type = SIMPLE_PASSWORD
   Password = s3cret99
------< VRRP Scripts >------
 VRRP Script = check
   Command = '/check' 's3cret99'
   Status = GOOD
------< Interfaces >------
 Name = lo
`;

describe.each(SHELLS)('the script that asks keepalived, in %s', (...shell) => {
  let directory: string;
  const started: number[] = [];
  const path = (name: string) => join(directory, name);

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'haprov-vrrp-'));
    writeFileSync(path('dump'), DUMP);
  });

  afterEach(() => {
    for (const pid of started.splice(0)) {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    }
    rmSync(directory, { recursive: true, force: true });
  });

  /**
   * A parent that passes SIGUSR1 on to its child, which answers with these commands; both may be slow to begin. The child
   * wakes its parent now and then: a shell's `wait` may sleep on over a signal that comes just before it.
   */
  function startDaemon(answer: string, begin = ''): number {
    const child = `${begin}\ntrap '${answer}' USR1\nwhile :; do sleep 0.05; kill -s USR2 $PPID; done`;
    writeFileSync(path('child'), child);
    const parent = `trap : USR2\n${begin}\nsh ${path('child')} & child=$!\ntrap 'kill -s USR1 $child' USR1\nwhile :; do wait; done`;
    writeFileSync(path('parent'), parent);
    const { pid = 0 } = spawn('/bin/dash', [path('parent')], {
      detached: true,
      stdio: 'ignore',
      env: { PATH: process.env['PATH'], TMPDIR: directory },
    });
    started.push(pid);
    return pid;
  }

  const WHOLE = () => `cp ${path('dump')} ${path('part')}; mv ${path('part')} ${path('keepalived.data')}`;

  /** A script with a host's paths put into the directory. */
  function script(text = vrrpStateSubject.script(['vrrp'])): string {
    return text
      .replace('/run/haprov-vrrp-state.lock', path('lock'))
      .replace('/etc/keepalived/keepalived.conf', path('conf'))
      .replace('in /tmp "$own"', `in ${directory}/tmp "$own"`);
  }

  function arrange(pid: number): { argv: readonly [string, readonly string[]]; env: Record<string, string> } {
    const systemctl = path('systemctl');
    writeFileSync(systemctl, `#!/bin/sh\necho ${pid}\n`);
    chmodSync(systemctl, 0o755);
    const [program = 'sh', ...options] = shell;
    return {
      argv: [`/bin/${program}`, options],
      env: { LC_ALL: 'C', PATH: `${directory}:/usr/sbin:/usr/bin:/sbin:/bin` },
    };
  }

  function ask(pid: number, text = script()) {
    const { argv, env } = arrange(pid);
    const { status, stdout, stderr } = spawnSync(argv[0], [...argv[1]], { input: text, env, encoding: 'utf8' });
    return { code: status, stdout, stderr };
  }

  it('gets the state, and leaves neither the file nor the password behind', () => {
    const done = ask(startDaemon(WHOLE()));
    expect(done.stderr).toBe('');
    expect(vrrpStateSubject.parse(done.stdout, ['vrrp'])[0]).toMatchObject({
      instances: [{ name: 'VI_1', state: 'BACKUP', effectivePriority: 90 }],
      checks: [{ name: 'check', status: 'good' }],
    });
    expect(done.stdout).not.toContain('s3cret99');
    expect(existsSync(path('keepalived.data'))).toBe(false);
  });

  it('gets the configuration that runs with the same care, and of the password a mark', () => {
    const done = ask(startDaemon(WHOLE()), script(runningVrrpSubject.script(['salt'])));
    expect(done.stderr).toBe('');
    const [running] = runningVrrpSubject.parse(done.stdout, ['salt']);
    expect(running?.instances).toMatchObject([
      { name: 'VI_1', state: 'BACKUP', passwordMark: passwordMark('salt', 's3cret99') },
    ]);
    expect(running?.scripts).toMatchObject([{ name: 'check', status: 'good' }]);
    expect(existsSync(path('keepalived.data'))).toBe(false);
  });

  it('says that nothing runs', () => {
    expect(ask(0)).toMatchObject({ code: 0, stdout: 'none\n' });
  });

  it('waits for the whole of what is written bit by bit', () => {
    const slow = `head -n 5 ${path('dump')} >${path('keepalived.data')}; sleep 0.2; tail -n +6 ${path('dump')} >>${path('keepalived.data')}`;
    const done = ask(startDaemon(slow));
    expect(vrrpStateSubject.parse(done.stdout, ['vrrp'])[0]?.checks).toHaveLength(1);
  });

  it('does not take an old file for the answer', () => {
    writeFileSync(path('keepalived.data'), DUMP.replace('State = BACKUP', 'State = MASTER'));
    expect(ask(startDaemon(`sleep 0.2; ${WHOLE()}`)).stdout).toContain('\n   State = BACKUP\n');
  });

  it('neither reads nor removes what a planted link points to', () => {
    writeFileSync(path('theirs'), DUMP.replace('State = BACKUP', 'State = MASTER'));
    symlinkSync(path('theirs'), path('keepalived.data'));
    const plant = `ln -s ${path('theirs')} ${path('keepalived.data')}; sleep 0.2; rm ${path('keepalived.data')}; ${WHOLE()}`;
    expect(ask(startDaemon(plant)).stdout).toContain('\n   State = BACKUP\n');
    expect(lstatSync(path('theirs')).isFile()).toBe(true);
  });

  it('does not signal one that would die of it, since it has only begun', () => {
    const pid = startDaemon(WHOLE(), 'sleep 0.4');
    const done = ask(pid, script().replace('-le 100', '-le 500'));
    expect(done.stderr).toBe('');
    expect(done.stdout).toContain('VRRP Instance = VI_1');
    expect(() => process.kill(pid, 0)).not.toThrow();
  });

  it('waits for none of the children that keepalived adopts: a script that takes minutes', () => {
    const done = ask(startDaemon(WHOLE(), 'sleep 60 &'));
    expect(done.stderr).toBe('');
    expect(done.stdout).toContain('VRRP Instance = VI_1');
  });

  it('gives several who ask at once an answer each', async () => {
    const pid = startDaemon(`sleep 0.05; ${WHOLE()}`);
    const { argv, env } = arrange(pid);
    const answers = await Promise.all(
      [1, 2, 3, 4].map(
        () =>
          new Promise<string>((resolve) => {
            const asker = spawn(argv[0], [...argv[1]], { env });
            let stdout = '';
            asker.stdout.on('data', (bytes: Buffer) => {
              stdout += bytes.toString();
            });
            asker.on('close', () => resolve(stdout));
            asker.stdin.end(script());
          }),
      ),
    );
    for (const answer of answers) expect(answer).toContain('------< Interfaces >------');
  });

  it('fails, and says why, where keepalived writes nothing', () => {
    const done = ask(startDaemon(':'), script().replace('-le 150', '-le 5'));
    expect(done).toMatchObject({ code: 1, stdout: '' });
    expect(done.stderr).toContain('did not write its state');
  });

  it('finds the file that the configuration names', () => {
    writeFileSync(path('conf'), `global_defs {\n    state_dump_file ${path('named.dat')}\n}\n`);
    const done = ask(startDaemon(WHOLE().replace('keepalived.data', 'named.dat')));
    expect(done.stdout).toContain('VRRP Instance = VI_1');
    expect(readdirSync(directory)).not.toContain('named.dat');
  });
});
