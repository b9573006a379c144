import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Bench, SHELLS } from './run-script.ts';

let server: Server;
let webhook: string;
let statuses: number[];
const posts: { url: string; type: string | undefined; body: string }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (data) => {
      body += data;
    });
    request.on('end', () => {
      posts.push({ url: request.url ?? '', type: request.headers['content-type'], body });
      response.statusCode = statuses.shift() ?? 200;
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  webhook = `http://127.0.0.1:${port}/services/T0/B0/hunter2`;
});
afterAll(() => server.close());

describe.each(SHELLS.map((shell) => ({ shell, name: shell.join(' ') })))('notify.sh in $name', ({ shell }) => {
  let bench: Bench;
  beforeEach(() => {
    posts.length = 0;
    statuses = [];
    bench = new Bench('notify.sh', {
      '/var/log/haprov-notify.log': 'notify.log',
      '/etc/keepalived/haprov-slack.curl': 'slack.curl',
      '/usr/libexec/keepalived/haprov-notify-user': 'user',
      '/etc/keepalived/haprov-notify.conf': 'notify.conf',
      '/etc/keepalived/haprov-webhooks': 'webhooks',
      '/etc/keepalived/haprov-message-': 'message-',
      '/run/haprov-notify': 'queues',
    });
    bench.stub('logger', `printf '%s\\n' "$*" >>'${bench.path('journal')}'`);
    bench.stub('sleep', `echo "$1" >>'${bench.path('slept')}'`);
    bench.stub('uname', 'echo lb1');
    // As the real one, but in the shell under test.
    bench.stub(
      'setsid',
      `[ "$1" = --fork ] || exit 64; shift; exec /usr/bin/setsid --fork /bin/${shell.join(' ')} "$@"`,
    );
  });
  afterEach(() => bench.remove());

  const read = (name: string): string => readFileSync(bench.path(name), 'utf8');
  const useSlack = (): void => writeFileSync(bench.path('slack.curl'), `url = "${webhook}"\n`, { mode: 0o600 });
  const useScript = (body: string): void => {
    writeFileSync(bench.path('user'), `#!/bin/sh\n${body}\n`);
    chmodSync(bench.path('user'), 0o755);
  };
  const text = (): string => {
    const body: unknown = JSON.parse(posts[0]?.body ?? '');
    return typeof body === 'object' && body !== null && 'text' in body ? String(body.text) : '';
  };

  it.each(['MASTER', 'BACKUP', 'FAULT', 'STOP', 'DELETED'])(
    'writes one line for %s, to journal and file',
    async (state) => {
      expect(await bench.run(shell, ['INSTANCE', 'VI_1', state, '100'])).toEqual({ code: 0, stdout: '', stderr: '' });
      const line = `INSTANCE VI_1 ${state} priority 100`;
      expect(read('journal')).toBe(`-t haprov-notify -p daemon.notice -- ${line}\n`);
      expect(read('notify.log')).toMatch(new RegExp(`^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ lb1 ${line}\n$`));
      expect(statSync(bench.path('notify.log')).mode & 0o777).toBe(0o640);
    },
  );

  it.each([
    ['MASTER', 'holds the virtual IP now'],
    ['STOP', 'keepalived was stopped here'],
    ['SOMETHING', 'a state that haprov does not know'],
  ])('tells Slack what %s means', async (state, meaning) => {
    useSlack();
    expect((await bench.run(shell, ['INSTANCE', 'VI_1', state, '100'])).code).toBe(0);
    expect(posts).toMatchObject([{ url: '/services/T0/B0/hunter2', type: 'application/json' }]);
    expect(text()).toMatch(new RegExp(`^lb1: VI_1 is ${state}, priority 100: ${meaning} \\(\\d{4}-.*Z\\)$`));
  });

  it('sends JSON whatever the names are', async () => {
    useSlack();
    const name = `a"b\\c\n\t<&>'$(id)\`é\u0001`;
    await bench.run(shell, ['GROUP', name, 'MASTER', '1']);
    expect(text()).toContain('lb1: a"b\\c&lt;&amp;&gt;\'$(id)` is MASTER');
    expect(read('notify.log').split('\n')).toHaveLength(2);
  });

  it('keeps the webhook out of every command line', async () => {
    useSlack();
    bench.stub('curl', `printf '%s\\n' "$@" >>'${bench.path('argv')}'; cat >/dev/null`);
    await bench.run(shell, ['INSTANCE', 'VI_1', 'MASTER', '100']);
    expect(read('argv')).toContain('--max-time\n5\n');
    expect(read('argv')).toContain('--connect-timeout\n3\n');
    expect(read('argv')).not.toContain('hunter2');
  });

  it('tries Slack a second time', async () => {
    useSlack();
    statuses = [500];
    await bench.run(shell, ['INSTANCE', 'VI_1', 'MASTER', '100']);
    expect(posts).toHaveLength(2);
    expect(read('notify.log')).not.toContain('Slack');
  });

  it('logs that Slack was not told, without the webhook, and ends with 0', async () => {
    useSlack();
    statuses = [500, 404];
    const { code, stdout, stderr } = await bench.run(shell, ['INSTANCE', 'VI_1', 'MASTER', '100']);
    expect([code, stdout, stderr, posts.length]).toEqual([0, '', '', 2]);
    expect(read('notify.log')).toContain('VI_1 MASTER: Slack was not told (curl: exit status 22)');
    expect(read('notify.log') + read('journal')).not.toContain('hunter2');
  });

  it('writes no log any more once it was removed while it told', async () => {
    useSlack();
    statuses = [500, 404];
    bench.stub('sleep', `rm -f '${bench.script}' '${bench.path('notify.log')}'`);
    expect(await bench.run(shell, ['INSTANCE', 'VI_1', 'STOP', '100'])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(posts).toHaveLength(2);
    expect(read('journal')).toContain('VI_1 STOP: Slack was not told');
    expect(existsSync(bench.path('notify.log'))).toBe(false);
  });

  it("runs the user's script with keepalived's own arguments", async () => {
    useScript(`printf '%s|' "$@" >'${bench.path('args')}'`);
    await bench.run(shell, ['INSTANCE', 'a b"c', 'MASTER', '100']);
    expect(read('args')).toBe('INSTANCE|a b"c|MASTER|100|');
  });

  it("runs the user's script under a time limit, and not when it is not executable", async () => {
    useScript('exit 0');
    bench.stub('timeout', `printf '%s ' "$@" >'${bench.path('limit')}'`);
    await bench.run(shell, ['INSTANCE', 'VI_1', 'MASTER', '100']);
    expect(read('limit')).toBe(`-k 5 30 ${bench.path('user')} INSTANCE VI_1 MASTER 100 `);
    useScript(`touch '${bench.path('ran')}'`);
    chmodSync(bench.path('user'), 0o644);
    await bench.run(shell, ['INSTANCE', 'VI_1', 'MASTER', '100']);
    expect(existsSync(bench.path('ran'))).toBe(false);
  });

  it('tells in a session of its own, which keepalived does not end when it stops', async () => {
    useSlack();
    useScript(`ps -o sid= -p $$ >'${bench.path('session')}'`);
    await bench.run(shell, ['INSTANCE', 'VI_1', 'STOP', '100']);
    expect(posts).toHaveLength(1);
    const own = execFileSync('ps', ['-o', 'sid=', '-p', String(process.pid)], { encoding: 'utf8' });
    expect(read('session').trim()).toMatch(/^\d+$/);
    expect(read('session').trim()).not.toBe(own.trim());
  });

  it('tells all the same where setsid is missing', async () => {
    useSlack();
    const script = readFileSync(bench.script, 'utf8');
    writeFileSync(bench.script, script.replaceAll('setsid', 'no-such-setsid'));
    await bench.run(shell, ['INSTANCE', 'VI_1', 'STOP', '100']);
    expect(posts).toHaveLength(1);
  });

  it("logs that the user's script failed, tells Slack all the same, and ends with 0", async () => {
    useSlack();
    useScript('echo noise; echo noise >&2; exit 7');
    expect(await bench.run(shell, ['INSTANCE', 'VI_1', 'FAULT', '100'])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(read('notify.log')).toContain(`VI_1 FAULT: ${bench.path('user')} failed (exit status 7)`);
    expect(posts).toHaveLength(1);
  });

  const useConf = (...lines: string[]): void => writeFileSync(bench.path('notify.conf'), `${lines.join('\n')}\n`);
  const useOwn = (name: string, body: string): string => {
    writeFileSync(bench.path(name), `#!/bin/sh\n${body}\n`);
    chmodSync(bench.path(name), 0o755);
    return bench.path(name);
  };

  it('runs what notify.conf names for the instance and the state, in its order, each with its own limit', async () => {
    useScript('exit 9');
    const told = useOwn('told', `echo "told $*" >>'${bench.path('ran')}'`);
    const promote = useOwn('promote', `echo "promote $*" >>'${bench.path('ran')}'`);
    useConf(`run WRITER MASTER 120 ${promote}`, `run WRITER MASTER 120 ${told}`, `run READER MASTER 7 ${told}`);
    bench.stub('timeout', `echo "limit $3" >>'${bench.path('ran')}'; shift 3; exec "$@"`);
    await bench.run(shell, ['INSTANCE', 'WRITER', 'MASTER', '100']);
    await bench.run(shell, ['INSTANCE', 'WRITER', 'BACKUP', '100']);
    await bench.run(shell, ['INSTANCE', 'READER', 'MASTER', '90']);
    const all = ['INSTANCE WRITER MASTER 100', 'INSTANCE READER MASTER 90'];
    expect(read('ran').split('\n')).toEqual([
      'limit 120',
      `promote ${all[0]}`,
      'limit 120',
      `told ${all[0]}`,
      'limit 7',
      `told ${all[1]}`,
      '',
    ]);
  });

  it('runs the changes of one instance in their order, and never two at once', async () => {
    useScript(`echo "begin $3" >>'${bench.path('ran')}'; /bin/sleep 0.1; echo "end $3" >>'${bench.path('ran')}'`);
    const states = ['BACKUP', 'MASTER', 'FAULT', 'BACKUP', 'MASTER'];
    // The script counts what waits, once its own change is in the queue.
    bench.stub('wc', `printf x >>'${bench.path('queued')}'; exec /usr/bin/wc "$@"`);
    const ended: Promise<unknown>[] = [];
    for (const state of states) {
      ended.push(bench.run(shell, ['INSTANCE', 'VI_1', state, '100']));
      // keepalived starts one after the other: each is in the queue before the next begins.
      const queued = () => existsSync(bench.path('queued')) && read('queued').length;
      await expect.poll(queued, { timeout: 60_000 }).toBe(ended.length);
    }
    await Promise.all(ended);
    expect(read('ran')).toBe(states.map((state) => `begin ${state}\nend ${state}\n`).join(''));
  });

  it('runs the changes of two instances side by side', async () => {
    // Each goes on once the other has begun, and fails where it never does.
    useScript(`echo "begin $2" >>'${bench.path('ran')}'; n=0
until [ "$(grep -c begin '${bench.path('ran')}')" = 2 ]; do n=$((n + 1)); [ $n -lt 200 ] || exit 1; /bin/sleep 0.1; done
echo "end $2" >>'${bench.path('ran')}'`);
    await Promise.all(['A', 'B'].map((name) => bench.run(shell, ['INSTANCE', name, 'MASTER', '100'])));
    expect(
      read('ran')
        .split('\n')
        .slice(0, 2)
        .every((line) => line.startsWith('begin')),
    ).toBe(true);
  });

  it('says that a script was killed, and after how long', async () => {
    useConf(`run VI_1 MASTER 1 ${useOwn('slow', 'exec /bin/sleep 20')}`);
    await bench.run(shell, ['INSTANCE', 'VI_1', 'MASTER', '100']);
    expect(read('notify.log')).toContain(`VI_1 MASTER: ${bench.path('slow')} was killed after 1 s`);
  });

  it('goes on with the next change where a script has left something running', async () => {
    useScript(`[ "$3" = MASTER ] || { echo "$3" >>'${bench.path('ran')}'; exit; }; /bin/sleep 3 &`);
    await bench.run(shell, ['INSTANCE', 'VI_1', 'MASTER', '100']);
    await bench.run(shell, ['INSTANCE', 'VI_1', 'BACKUP', '100']);
    expect(read('ran')).toBe('BACKUP\n');
  });

  const useWebhook = (name: string, body: string, key?: string): void => {
    const lines = [`url ${name} ${webhook}/${name}`, ...(key === undefined ? [] : [`key ${name} ${key}`])];
    writeFileSync(bench.path('webhooks'), `${lines.join('\n')}\n`, { mode: 0o600 });
    writeFileSync(bench.path(`message-${name}.json`), body);
  };
  const format = (name: string): string =>
    readFileSync(new URL(`../../../playbooks/files/webhook_${name}.json`, import.meta.url), 'utf8');

  it.each([
    ['slack', { text: expect.stringContaining('lb1: VI_1 is FAULT') }],
    ['mattermost', { text: expect.stringContaining('lb1: VI_1 is FAULT') }],
    ['teams', { attachments: [{ content: { body: [{ text: 'VI_1 is FAULT on lb1' }, {}] } }] }],
    [
      'pagerduty',
      { routing_key: 'R0UT&"|ing', event_action: 'trigger', payload: { source: 'lb1', severity: 'critical' } },
    ],
    ['alertmanager', [{ labels: { instance: 'VI_1', state: 'FAULT', severity: 'critical' } }]],
  ])('posts the message of %s as JSON', async (name, expected) => {
    useWebhook(name, format(name), 'R0UT&"|ing');
    await bench.run(shell, ['INSTANCE', 'VI_1', 'FAULT', '100']);
    expect(posts.map(({ url }) => url)).toEqual([`/services/T0/B0/hunter2/${name}`]);
    expect(JSON.parse(posts[0]?.body ?? '')).toMatchObject(expected);
  });

  it('posts a message of the administrator\u2019s own, whatever the names are', async () => {
    useWebhook('own', '{"a":"{{ instance }}","b":"{{state}} {{ priority }} {{ host }}"}');
    await bench.run(shell, ['INSTANCE', 'a"b\\c|&$(id)', 'MASTER', '7']);
    expect(JSON.parse(posts[0]?.body ?? '')).toEqual({ a: 'a"b\\c|&$(id)', b: 'MASTER 7 lb1' });
    expect(posts).toHaveLength(1);
  });

  it('ends with 0 when nothing can be written or sent', async () => {
    const bare = new Bench('notify.sh', { '/var/log/haprov-notify.log': 'no/such/directory.log' });
    bare.stub('logger', 'exit 1');
    expect(await bare.run(shell, ['INSTANCE', 'VI_1', 'MASTER', '100'])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await bare.run(shell, [])).toMatchObject({ code: 0, stderr: '' });
    bare.remove();
  });

  it('starts a new file when the old one is over a megabyte', async () => {
    writeFileSync(bench.path('notify.log'), 'x'.repeat(1_100_000));
    await bench.run(shell, ['INSTANCE', 'VI_1', 'MASTER', '100']);
    expect(read('notify.log').length).toBeLessThan(200);
    expect(read('notify.log.1')).toHaveLength(1_100_000);
  });
});
