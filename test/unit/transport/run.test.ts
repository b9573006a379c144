import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSsh2Transport } from '../../../src/transport/ssh2-transport.ts';
import type { Session, Transport } from '../../../src/transport/session.ts';
import { type TestHome, testHome, testHost, trusted } from '../../support/ssh-host.ts';
import { testKey } from '../../support/ssh-keys.ts';
import { startSshServer, type TestServer } from '../../support/ssh-server.ts';

const clientKey = testKey();
const hostKey = testKey();

describe('a run on an ordinary server', () => {
  let home: TestHome;
  let server: TestServer;
  let transport: Transport;
  let session: Session;

  beforeAll(async () => {
    home = testHome(clientKey);
    server = await startSshServer({ hostKeys: [hostKey], authorizedKeys: [clientKey] });
    home.trust(trusted(server.port, hostKey));
    transport = createSsh2Transport({ homeDirectory: home.directory });
    session = await transport.connect(testHost(server.port, home));
  });

  afterAll(async () => {
    transport.close();
    await server.close();
    home.remove();
  });

  it('gives the exit status and both outputs exactly', async () => {
    const result = await session.run('printf "one\\ntwo"; printf oops >&2; exit 3');
    expect(result).toEqual({ code: 3, stdout: 'one\ntwo', stderr: 'oops' });
  });
});
