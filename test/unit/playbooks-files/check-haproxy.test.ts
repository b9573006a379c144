import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench, SHELLS } from './run-script.ts';

const INFO = 'Name: HAProxy\nVersion: 2.6.12\nPid: 812\nUptime_sec: 42\n\n';

describe.each(SHELLS.map((shell) => ({ shell, name: shell.join(' ') })))('check_haproxy.sh in $name', ({ shell }) => {
  let bench: Bench;
  let servers: Server[];
  let asked: string[];
  const open: Set<Socket> = new Set();

  beforeEach(() => {
    bench = new Bench('check_haproxy.sh');
    bench.stub('pgrep', 'exit 0');
    // Node stands in for socat, so that the test needs no package: the same question over the same real socket.
    bench.stub('socat', SOCAT);
    servers = [];
    asked = [];
  });
  afterEach(() => {
    for (const socket of open) socket.destroy();
    for (const server of servers) server.close();
    bench.remove();
  });

  /** A unix socket that answers as `reply` says; undefined: never. */
  async function listen(name: string, reply: (question: string) => string | undefined): Promise<string> {
    const server = createServer((socket) => {
      open.add(socket);
      socket.on('data', (data) => {
        asked.push(`${name}: ${data.toString()}`);
        const answer = reply(data.toString());
        if (answer !== undefined) socket.end(answer);
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(bench.path(name), resolve));
    return bench.path(name);
  }

  it('passes in silence when haproxy tells about itself', async () => {
    const socket = await listen('admin.sock', (question) => (question === 'show info\n' ? INFO : ''));
    expect(await bench.run(shell, ['8', socket])).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('asks the first worker where the socket is the master process\u2019s', async () => {
    const socket = await listen('haproxy-master.sock', (question) => (question === '@1 show info\n' ? INFO : 'no\n'));
    expect((await bench.run(shell, ['8', socket])).code).toBe(0);
  });

  it('takes the next socket where one is not there or left over', async () => {
    const dead = await listen('dead.sock', () => '');
    const live = await listen('live.sock', () => INFO);
    expect((await bench.run(shell, ['8', bench.path('none.sock'), dead, live])).code).toBe(0);
    expect(asked).toEqual(['dead.sock: show info\n', 'live.sock: show info\n']);
  });

  it.each(['', 'Unknown command\n', 'Name: HAProxy\n', 'HTTP/1.1 200 OK\n'])(
    'fails when the answer is %j',
    async (answer) => {
      const socket = await listen('admin.sock', () => answer);
      const { code, stderr } = await bench.run(shell, ['8', socket]);
      expect([code, stderr]).toEqual([1, `check haproxy: no haproxy answers on ${socket}\n`]);
    },
  );

  it('fails within its own time limit when haproxy hangs, and tries no other socket then', async () => {
    const hanging = await listen('hanging.sock', () => undefined);
    const live = await listen('live.sock', () => INFO);
    const { code, stderr } = await bench.run(shell, ['1', hanging, live]);
    expect([code, stderr]).toEqual([1, `check haproxy: no answer on ${hanging} within 1 s\n`]);
    expect(asked).not.toContain('live.sock: show info\n');
  });

  it('fails without a question when no haproxy process runs here', async () => {
    bench.stub('pgrep', 'exit 1');
    const socket = await listen('admin.sock', () => INFO);
    const { code, stderr } = await bench.run(shell, ['8', socket]);
    expect([code, stderr]).toEqual([1, 'check haproxy: no haproxy process, or no pgrep to find it\n']);
    expect(asked).toEqual([]);
  });

  it('fails and says what to add when there is no socket, or a plain file in its place', async () => {
    const { code, stderr } = await bench.run(shell, ['1', bench.path('none.sock'), bench.script]);
    expect(code).toBe(1);
    expect(stderr).toContain("add 'stats socket /run/haproxy/admin.sock mode 660'");
  });

  it('fails and says so when socat is missing', async () => {
    rmSync(bench.path('bin/socat'));
    const { code, stderr } = await bench.run(shell, ['1'], true);
    expect([code, stderr]).toEqual([1, 'check haproxy: socat is not installed\n']);
  });
});

/** Called as `socat -t SECONDS - UNIX-CONNECT:PATH`. */
const SOCAT = `[ "$#" -eq 4 ] && [ "$1" = -t ] && [ "$3" = - ] || exit 64
exec ${process.execPath} -e '
const socket = require("node:net").connect(process.argv[1]);
socket.on("error", () => process.exit(1));
process.stdin.on("data", (data) => socket.write(data));
socket.pipe(process.stdout);
' "\${4#UNIX-CONNECT:}"`;
