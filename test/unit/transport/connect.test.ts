import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createSsh2Transport } from '../../../src/transport/ssh2/ssh2-transport.ts';
import { testHome, testHost, trusted } from '../../support/ssh-host.ts';
import { testKey } from '../../support/ssh-keys.ts';
import { startSshServer } from '../../support/ssh-server.ts';

// What holds for every transport stands in contract/.
const clientKey = testKey();
const hostKey = testKey();
const home = testHome(clientKey);
const opened: { close(): unknown }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});
afterAll(() => home.remove());

describe('many connections at once', () => {
  it('all succeed, 200 of them, with at most eight handshakes pending at one server', async () => {
    const server = await startSshServer({ hostKeys: [hostKey], authorizedKeys: [clientKey] });
    home.trust(trusted(server.port, hostKey));
    opened.push(server);
    const transport = createSsh2Transport({ homeDirectory: home.directory });
    opened.push(transport);
    const codes = await Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        const session = await transport.connect({ ...testHost(server.port, home), id: `lb${n}` });
        const { code } = await session.run(`exit ${n}`);
        return code;
      }),
    );
    expect(codes).toEqual(Array.from({ length: 200 }, (_, n) => n));
    expect(server.most.handshakes).toBeLessThanOrEqual(8);
    expect(server.connections.length).toBe(200);
  });
});
