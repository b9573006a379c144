import { describe, expect, it } from 'vitest';
import { chooseTransport } from '../../../src/transport/choose-transport.ts';
import { chosenTransport } from '../../../src/transport/chosen-transport.ts';
import type { Transport } from '../../../src/transport/session.ts';
import { testHome, testHost } from '../../support/ssh-host.ts';
import { testKey } from '../../support/ssh-keys.ts';

const NEED = 'its only key is a hardware key (FIDO)';

describe('the SSH client', () => {
  it('is ssh2 where nothing speaks against it', () => {
    for (const setting of ['auto', undefined] as const) {
      expect(chooseTransport({ setting, needs: [] }).transport).toBe('ssh2');
      expect(chooseTransport({ setting, needs: undefined }).transport).toBe('ssh2');
    }
  });

  it('is OpenSSH’s own where a host needs it, and all the reasons are told', () => {
    const needs = [NEED, 'its way there is a ProxyCommand'];
    expect(chooseTransport({ setting: 'auto', needs })).toEqual({
      transport: 'openssh',
      why: `${NEED}; its way there is a ProxyCommand`,
    });
  });

  it('is the one that the inventory names, with a word of doubt where ssh2 cannot do it', () => {
    expect(chooseTransport({ setting: 'openssh', needs: [] })).toMatchObject({ transport: 'openssh' });
    expect(chooseTransport({ setting: 'ssh2', needs: [] }).why).not.toContain('fail');
    const doubted = chooseTransport({ setting: 'ssh2', needs: [NEED] });
    expect(doubted).toMatchObject({ transport: 'ssh2', why: expect.stringContaining(NEED) });
  });
});

describe('a transport of both clients', () => {
  const home = testHome(testKey());
  const hosts = [testHost(1, home), testHost(2, home), testHost(3, home)];
  home.remove();

  it('makes each client once, when a host first needs it, and closes what it made', async () => {
    const said: string[] = [];
    const stub = (name: string) => (): Transport => {
      said.push(`make ${name}`);
      return {
        connect: async (host) => {
          said.push(`${name} ${host.ssh.port}`);
          return { host, run: () => Promise.reject(new Error('not asked')), close: () => {} };
        },
        close: () => said.push(`close ${name}`),
      };
    };
    const both = chosenTransport({ ssh2: stub('ssh2'), openssh: stub('openssh') }, () => ({
      transport: 'openssh',
      why: '',
    }));
    for (const host of hosts) await both.connect(host);
    both.close();
    expect(said).toEqual(['make openssh', 'openssh 1', 'openssh 2', 'openssh 3', 'close openssh']);
    await expect(both.connect(testHost(4, home))).rejects.toThrow('closed');
  });
});
