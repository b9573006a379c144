import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Bench, SHELLS } from './run-script.ts';

let server: Server;
let origin: string;
const asked: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (request.url === '/hang') return;
    if (request.url === '/moved') response.setHeader('location', '/up');
    response.statusCode = request.url === '/moved' ? 302 : Number(/^\/(\d{3})$/.exec(request.url ?? '')?.[1] ?? 200);
    response.end('ok');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  origin = `http://127.0.0.1:${port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe.each(SHELLS.map((shell) => ({ shell, name: shell.join(' ') })))('check_nginx.sh in $name', ({ shell }) => {
  let bench: Bench;
  beforeEach(() => {
    asked.length = 0;
    bench = new Bench('check_nginx.sh');
    bench.stub('pgrep', 'exit 0');
  });
  afterEach(() => bench.remove());

  it('passes in silence when nginx runs and the URL answers 200', async () => {
    expect(await bench.run(shell, [`${origin}/up?a=b&c=[1]`, '8'])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(asked).toEqual(['GET /up?a=b&c=[1]']);
  });

  it.each(['/404', '/500', '/204', '/moved'])('fails when the answer is not 200 itself: %s', async (path) => {
    const { code, stderr } = await bench.run(shell, [origin + path, '8']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^check nginx: http.* answers \d{3}\n$/);
  });

  it('fails within its own time limit when nginx hangs', async () => {
    const { code, stderr } = await bench.run(shell, [`${origin}/hang`, '0.3']);
    expect([code, stderr]).toEqual([
      1,
      `check nginx: no answer from ${origin}/hang within 0.3 s (curl: exit status 28)\n`,
    ]);
  });

  it('fails when nobody listens', async () => {
    const { code, stderr } = await bench.run(shell, ['http://127.0.0.1:1/up', '8']);
    expect([code, stderr]).toEqual([
      1,
      'check nginx: no answer from http://127.0.0.1:1/up within 8 s (curl: exit status 7)\n',
    ]);
  });

  it('fails without a request when no nginx process runs here, whoever answers', async () => {
    bench.stub('pgrep', 'exit 1');
    const { code, stderr } = await bench.run(shell, [`${origin}/up`]);
    expect([code, stderr]).toEqual([1, 'check nginx: no nginx process, or no pgrep to find it\n']);
    expect(asked).toEqual([]);
  });

  it('fails and says so when curl is missing', async () => {
    const { code, stderr } = await bench.run(shell, [`${origin}/up`], true);
    expect([code, stderr]).toEqual([1, 'check nginx: curl is not installed\n']);
  });

  it('fails when it is called without a URL', async () => {
    const { code, stderr } = await bench.run(shell, []);
    expect(code).not.toBe(0);
    expect(stderr).toContain('usage:');
  });

  it('takes a URL that looks like an option for a URL', async () => {
    bench.stub('curl', `printf '%s\\n' "$@" >'${bench.path('argv')}'; printf 200`);
    expect((await bench.run(shell, ['--output=/etc/passwd'])).code).toBe(0);
    const argv = readFileSync(bench.path('argv'), 'utf8').split('\n');
    expect(argv.slice(-5)).toEqual(['--max-time', '0.8', '--url', '--output=/etc/passwd', '']);
  });
});
