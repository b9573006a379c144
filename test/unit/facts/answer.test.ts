import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerSubject, tcpKey, urlKey } from '../../../src/facts/network/answer.ts';
import { createReader } from '../../../src/facts/reader/reader.ts';
import { SHELLS, shellSession } from './support.ts';

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));

describe('whether an address answers', () => {
  const heard: string[] = [];
  const web = createHttpServer((request, response) => {
    heard.push(`${request.headers.host} ${request.url}`);
    response.statusCode = request.url === '/health' ? 200 : 404;
    response.end();
  });
  const mute = createServer();
  const closed = createServer();
  let port: number;
  let mutePort: number;
  let closedPort: number;

  beforeAll(async () => {
    port = await listen(web);
    mutePort = await listen(mute);
    closedPort = await listen(closed);
    await new Promise((resolve) => closed.close(resolve));
  });

  afterAll(() => {
    web.close();
    mute.close();
  });

  const ask = (keys: readonly string[], shell: readonly string[] = ['dash'], only?: string) => {
    const { ask: one } = createReader(shellSession(shell, [], only));
    return Promise.all(keys.map((key) => one(answerSubject, key)));
  };

  it.each(SHELLS)('is told for each, asked side by side in %s', async (...shell) => {
    const answers = await ask(
      [
        tcpKey('127.0.0.1', port),
        tcpKey('127.0.0.1', closedPort),
        urlKey('127.0.0.1', `http://192.0.2.1:${port}/health`),
        urlKey('127.0.0.1', `http://name.example:${port}/nothing`),
        urlKey('127.0.0.1', `http://127.0.0.1:${closedPort}/health`),
      ],
      shell,
    );
    expect(answers).toEqual([
      { result: 'open', detail: '' },
      { result: 'refused', detail: 'connection refused' },
      { result: 'open', detail: '' },
      { result: 'refused', detail: 'status 404' },
      { result: 'refused', detail: 'no connection' },
    ]);
  });

  it('is asked of a URL with its own name, though another address is to answer', () => {
    expect(heard).toContain(`name.example:${port} /nothing`);
  });

  it('is silence where nothing comes back', async () => {
    expect(await ask([urlKey('127.0.0.1', `http://127.0.0.1:${mutePort}/`)])).toEqual([
      { result: 'silent', detail: 'no answer within 2 s' },
    ]);
  });

  it('is told apart from a host that has nothing to ask with', async () => {
    const answers = await ask([tcpKey('127.0.0.1', port), urlKey('127.0.0.1', 'http://x/')], ['dash'], '/nowhere');
    expect(answers).toEqual([
      { result: 'unable', detail: 'neither bash nor curl is installed' },
      { result: 'unable', detail: 'curl is not installed' },
    ]);
  });

  it('throws where the host said nothing of a question', () => {
    expect(() => answerSubject.parse('0 open\n', ['tcp a 1', 'tcp a 2'])).toThrow('no word of tcp a 2');
  });
});
