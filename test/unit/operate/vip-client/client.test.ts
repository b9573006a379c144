import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startVipClient, type VipClientOptions } from '../../../../src/operate/vip-client/client.ts';
import type { VipRequest } from '../../../../src/operate/vip-client/outages.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}/`;
}

/** A port that refuses: it was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function firstRequests(count: number, options: Omit<VipClientOptions, 'onRequest'>): Promise<VipRequest[]> {
  const requests: VipRequest[] = [];
  await new Promise<void>((resolve) => {
    const client = startVipClient({
      everyMs: 5,
      ...options,
      onRequest: (request) => {
        requests.push(request);
        if (requests.length === count) void client.stop().then(resolve);
      },
    });
  });
  return requests;
}

describe('A client of a VIP', () => {
  it('takes HTTP 200 for an answer, over a new connection each time', async () => {
    const ports = new Set<number | undefined>();
    const target = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.end('ok');
    });
    const requests = await firstRequests(5, { targets: [target] });
    expect(requests.every(({ error }) => error === null)).toBe(true);
    expect(ports.size).toBe(requests.length);
  });

  it('says which status it met, unless that is an answer too', async () => {
    const target = await serve((_, response) => response.writeHead(404).end());
    expect((await firstRequests(1, { targets: [target] }))[0]?.error).toBe('HTTP 404');
    const lenient = await firstRequests(1, { targets: [target], isAnswer: (status) => status < 500 });
    expect(lenient[0]?.error).toBeNull();
  });

  it('says that a connection was refused, unless that is an answer too', async () => {
    const targets = [`tcp://127.0.0.1:${await closedPort()}`];
    expect((await firstRequests(1, { targets }))[0]?.error).toBe('ECONNREFUSED');
    expect((await firstRequests(1, { targets, refusalIsAnswer: true }))[0]?.error).toBeNull();
  });

  it('gives up on an answer that does not come, and asks on meanwhile', async () => {
    let asked = 0;
    const target = await serve(() => {
      asked += 1;
    });
    const requests = await firstRequests(1, { targets: [target], timeoutMs: 200 });
    expect(requests[0]?.error).toBe('timeout');
    expect(asked).toBeGreaterThan(1);
  });

  it('waits anew where the machine stood still, and who is to answer with it', async () => {
    let asked = 0;
    const target = await serve((_, response) => {
      asked += 1;
      if (asked === 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
      setTimeout(() => response.end('ok'), 50);
    });
    const requests = await firstRequests(1, { targets: [target], timeoutMs: 200 });
    expect(requests.filter(({ error }) => error !== null)).toEqual([]);
    expect(Math.max(...requests.map(({ ms }) => ms))).toBeGreaterThanOrEqual(600);
  });

  it('says that an answer was cut off', async () => {
    const target = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('half');
      setTimeout(() => response.destroy(), 10);
    });
    expect((await firstRequests(1, { targets: [target] }))[0]?.error).toMatch(/cut off|ECONNRESET|aborted/);
  });

  it('tells of all it has sent before it has stopped', async () => {
    const target = await serve((_, response) => setTimeout(() => response.end('ok'), 50));
    let ended = 0;
    const client = startVipClient({ targets: [target], everyMs: 5, onRequest: () => (ended += 1) });
    await client.stop();
    expect(ended).toBe(1);
  });
});
