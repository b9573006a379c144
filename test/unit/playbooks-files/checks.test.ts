import { execFile } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { copyFileSync } from 'node:fs';
import { createServer as createHttp, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Bench, SHELLS } from './run-script.ts';

const portOf = (server: { address(): unknown }): string => String((server.address() as AddressInfo).port);

let http: HttpServer;
let tcp: Server;
let dns: Socket;
const asked: string[] = [];
/** What the name server says to a question: its bytes after the ID. */
let reply: (question: Buffer) => Buffer | undefined;

/** An answer to a question: flags, and how many records there are. */
const answer = (question: Buffer, rcode: number, records: number): Buffer => {
  const bytes = Buffer.concat([question, Buffer.alloc(records * 16)]);
  bytes.writeUInt16BE(0x8180 | rcode, 2);
  bytes.writeUInt16BE(records, 6);
  return bytes;
};

beforeAll(async () => {
  http = createHttp((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.host}`);
    response.statusCode = Number(request.url?.slice(1, 4)) || 200;
    response.end('ok');
  });
  tcp = createServer((socket) => socket.destroy());
  dns = createSocket('udp4', (question, { port, address }) => {
    const said = reply(question);
    if (said !== undefined) dns.send(said, port, address);
  });
  await Promise.all([
    new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve)),
    new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve)),
    new Promise<void>((resolve) => dns.bind(0, '127.0.0.1', resolve)),
  ]);
});
afterAll(() => {
  http.close();
  tcp.close();
  dns.close();
});

describe.each(SHELLS.map((shell) => ({ shell, name: shell.join(' ') })))('in $name', ({ shell }) => {
  let bench: Bench;
  const use = (file: string): void => {
    bench = new Bench(file);
  };
  afterEach(() => bench.remove());

  describe('check_http.sh', () => {
    beforeEach(() => {
      asked.length = 0;
      use('check_http.sh');
    });
    const run = (path: string, ...words: string[]) =>
      bench.run(shell, [`http://127.0.0.1:${portOf(http)}${path}`, '8', ...words]);

    it('passes in silence where the status is 200, and needs no service to run', async () => {
      expect(await run('/200')).toEqual({ code: 0, stdout: '', stderr: '' });
    });

    it.each([
      ['/401', 'expect=200,401', 0],
      ['/204', 'expect=2xx', 0],
      ['/503', 'expect=2xx,401', 1],
      ['/204', 'expect=200', 1],
    ])('takes %s with %s for exit status %i', async (path, expected, code) => {
      expect((await run(path, expected)).code).toBe(code);
    });

    it('sends the method, and the name of the host to where it is told to connect', async () => {
      const place = `127.0.0.1:${portOf(http)}`;
      const url = `http://api.example.com:${portOf(http)}/200`;
      expect(await bench.run(shell, [url, '8', 'method=HEAD', `connect=${place}`])).toMatchObject({ code: 0 });
      expect(asked).toEqual([`HEAD /200 api.example.com:${portOf(http)}`]);
    });

    it.each([
      ['nobody listens', ['http://127.0.0.1:1/', '8'], 'no connection to http://127.0.0.1:1/'],
      [
        'the CA file is not there',
        ['https://127.0.0.1:1/', '8', 'ca=/no/such.crt'],
        'the CA file /no/such.crt is missing',
      ],
      ['a word is unknown', ['http://127.0.0.1:1/', '8', 'colour=red'], 'unknown word colour=red'],
    ])('fails and says why where %s', async (_, args, why) => {
      const { code, stderr } = await bench.run(shell, args);
      expect([code, stderr]).toEqual([1, expect.stringContaining(`check http: ${why}`)]);
    });
  });

  describe('check_tcp.sh', () => {
    beforeEach(() => use('check_tcp.sh'));

    it('passes in silence where the port takes connections', async () => {
      expect(await bench.run(shell, ['127.0.0.1', portOf(tcp), '8'])).toEqual({ code: 0, stdout: '', stderr: '' });
    });

    it('fails where nobody listens', async () => {
      const { code, stderr } = await bench.run(shell, ['127.0.0.1', '1', '8']);
      expect([code, stderr]).toEqual([1, 'check tcp: 127.0.0.1 refuses connections to port 1\n']);
    });

    it('runs no word of its arguments', async () => {
      expect((await bench.run(shell, ['127.0.0.1', `1$(touch ${bench.path('ran')})`, '8'])).code).toBe(1);
    });
  });

  describe('check_dns.sh', () => {
    beforeEach(() => use('check_dns.sh'));
    const run = (name: string, limit = '8') => bench.run(shell, [name, '127.0.0.1', portOf(dns), '28', limit]);

    it('asks for the name and the type, a label of ten letters among it, and passes with a record', async () => {
      let seen: Buffer = Buffer.alloc(0);
      reply = (question) => {
        seen = question;
        return answer(question, 0, 1);
      };
      expect(await run('my-service.example.com')).toEqual({ code: 0, stdout: '', stderr: '' });
      const labels = Buffer.from('\x0amy-service\x07example\x03com\x00', 'latin1');
      expect(seen.subarray(12)).toEqual(Buffer.concat([labels, Buffer.from([0, 28, 0, 1])]));
    });

    it.each([
      ['NXDOMAIN', 3, 0, 'knows no x.example (NXDOMAIN)'],
      ['SERVFAIL', 2, 0, 'cannot resolve x.example (SERVFAIL)'],
      ['no record', 0, 0, 'has no such record of x.example'],
    ])('fails on %s', async (_, rcode, records, why) => {
      reply = (question) => answer(question, rcode, records);
      const { code, stderr } = await run('x.example');
      expect([code, stderr]).toEqual([1, `check dns: 127.0.0.1 ${why}\n`]);
    });

    it('takes no answer to another question', async () => {
      reply = (question) => {
        const bytes = answer(question, 0, 1);
        bytes.writeUInt16BE(bytes.readUInt16BE(0) ^ 1, 0);
        return bytes;
      };
      expect((await run('x.example')).stderr).toContain('answers another question');
    });

    it('fails within its own time limit where nothing comes', async () => {
      reply = () => undefined;
      expect((await run('x.example', '0.3')).stderr).toContain('within 0.3 s');
    });
  });

  describe('check_process.sh', () => {
    beforeEach(() => use('check_process.sh'));

    it.each(['short', 'a-name-of-more-than-fifteen'])(
      'finds a process by the name %s, and none of another',
      async (name) => {
        copyFileSync('/bin/sleep', bench.path(name));
        const child = execFile(bench.path(name), ['30']);
        try {
          expect(await bench.run(shell, [name])).toEqual({ code: 0, stdout: '', stderr: '' });
          const { code, stderr } = await bench.run(shell, [`${name}x`]);
          expect([code, stderr]).toEqual([1, `check process: no process ${name}x on this host itself\n`]);
        } finally {
          child.kill('SIGKILL');
        }
      },
    );

    it('does not count itself', async () => {
      expect((await bench.run(shell, ['no-such-program', 'anywhere'])).code).toBe(1);
    });
  });

  describe('check_unit.sh', () => {
    beforeEach(() => use('check_unit.sh'));

    it('asks systemd, and says what the unit is where it is not active', async () => {
      bench.stub('systemctl', `printf '%s ' "$@" >'${bench.path('argv')}'; echo failed; exit 3`);
      const { code, stderr } = await bench.run(shell, ['redis-server.service', '8']);
      expect([code, stderr]).toEqual([1, 'check unit: redis-server.service is failed\n']);
      bench.stub('systemctl', 'exit 0');
      expect(await bench.run(shell, ['redis-server.service'])).toEqual({ code: 0, stdout: '', stderr: '' });
    });
  });
});
