import { describe, expect, it } from 'vitest';
import type { Hop, Host, SshSettings } from '../../../src/inventory/model.ts';
import { chooseTransport } from '../../../src/transport/choose-transport.ts';
import { chosenTransport } from '../../../src/transport/chosen-transport.ts';
import { createFoundNeeds } from '../../../src/transport/config/found-needs.ts';
import { type ConnectError, connectError, type HopFault } from '../../../src/transport/errors.ts';
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

/** A client that says what it does, and fails as told. */
function stub(name: string, said: string[], fail: (host: Host) => Error | undefined = () => undefined) {
  return (): Transport => {
    said.push(`make ${name}`);
    return {
      connect: async (host) => {
        said.push(`${name} ${host.ssh.port}`);
        const error = fail(host);
        if (error !== undefined) throw error;
        return { host, run: () => Promise.reject(new Error('not asked')), close: () => {} };
      },
      close: () => said.push(`close ${name}`),
    };
  };
}

const home = testHome(testKey());
home.remove();
const hostAt = (port: number, ssh: Partial<SshSettings> = {}): Host => testHost(port, home, ssh);
const failed = (fault: Partial<HopFault>, hop = 'target'): ConnectError =>
  connectError({ kind: 'auth', message: 'no', retryable: false, ...fault }, 'lb1', hop);
const DISAGREED = { kind: 'protocol', disagreement: 'no matching key exchange algorithm' } as const;
const MAY_NEED = { may_need: ['the agent holds a hardware key (FIDO)'] };

describe('a transport of both clients', () => {
  it('makes each client once, when a host first needs it, and closes what it made', async () => {
    const said: string[] = [];
    const both = chosenTransport({ ssh2: stub('ssh2', said), openssh: stub('openssh', said) }, createFoundNeeds());
    for (const port of [1, 2, 3]) await both.connect(hostAt(port, { needs: [NEED] }));
    both.close();
    expect(said).toEqual(['make openssh', 'openssh 1', 'openssh 2', 'openssh 3', 'close openssh']);
    await expect(both.connect(hostAt(4))).rejects.toThrow('closed');
  });
});

describe('auto, where ssh2 gets no session', () => {
  interface Outcome {
    readonly clients: readonly string[];
    readonly error: unknown;
    readonly why: string;
  }
  async function outcomeOf(host: Host, error: Error, second?: Error): Promise<Outcome> {
    const clients: string[] = [];
    const found = createFoundNeeds();
    const make = { ssh2: stub('ssh2', clients, () => error), openssh: stub('openssh', clients, () => second) };
    const failure = await chosenTransport(make, found)
      .connect(host)
      .then(
        () => undefined,
        (met: unknown) => met,
      );
    const { ssh } = found.withNeeds(host);
    return {
      clients: clients.filter((line) => !line.startsWith('make')),
      error: failure,
      why: chooseTransport({ setting: ssh.transport, needs: ssh.needs }).why,
    };
  }

  it('tries OpenSSH’s client once where the two sides do not agree on how to speak, and says why', async () => {
    const { clients, error, why } = await outcomeOf(hostAt(1), failed(DISAGREED));
    expect([clients, error]).toEqual([['ssh2 1', 'openssh 1'], undefined]);
    expect(why).toContain('no matching key exchange algorithm');
  });

  it('tries it where the login is refused and OpenSSH could still show something else', async () => {
    const { clients, why } = await outcomeOf(hostAt(1, MAY_NEED), failed({}));
    expect(clients).toEqual(['ssh2 1', 'openssh 1']);
    expect(why).toContain('the agent holds a hardware key');
  });

  it.each([
    ['the login is refused and there is nothing else to show', hostAt(1), failed({})],
    ['the host key is refused', hostAt(1, MAY_NEED), failed({ kind: 'host-key' })],
    ['nobody answers', hostAt(1, MAY_NEED), failed({ kind: 'timeout' })],
    ['the connection is dropped', hostAt(1, MAY_NEED), failed({ kind: 'dropped' })],
    ['it is no SSH server', hostAt(1, MAY_NEED), failed({ kind: 'protocol' })],
    ['the inventory wants ssh2', hostAt(1, { transport: 'ssh2' }), failed(DISAGREED)],
    ['it is no error of a connection', hostAt(1, MAY_NEED), new Error('a defect')],
  ] as const)('leaves it where %s', async (_what, host, error) => {
    const { clients, error: met, why } = await outcomeOf(host, error);
    expect(clients).toEqual(['ssh2 1']);
    expect(met).toBe(error);
    expect(why).not.toContain('built-in');
  });

  it('gives OpenSSH’s error where that fails too, and asks no third time', async () => {
    const second = failed({ message: 'and no again' });
    expect(await outcomeOf(hostAt(1, MAY_NEED), failed({}), second)).toMatchObject({
      clients: ['ssh2 1', 'openssh 1'],
      error: second,
    });
  });

  it('gives ssh2’s error where this machine has no ssh command, and stays with ssh2', async () => {
    const missing = failed({ kind: 'protocol', cause: Object.assign(new Error('spawn ssh'), { code: 'ENOENT' }) });
    const first = failed(DISAGREED);
    const { error, why } = await outcomeOf(hostAt(1), first, missing);
    expect(error).toBe(first);
    expect(why).not.toContain('built-in');
  });

  it('remembers a jump host for all hosts behind it, and tries none of them twice', async () => {
    const said: string[] = [];
    const hop: Hop = {
      user: 'ops',
      host: '10.0.0.1',
      port: 22,
      name: 'bastion',
      ssh: { ...hostAt(22).ssh, ...MAY_NEED },
    };
    const found = createFoundNeeds();
    const refused = failed({}, 'jump 1 of 1 ops@bastion:22');
    const both = chosenTransport({ ssh2: stub('ssh2', said, () => refused), openssh: stub('openssh', said) }, found);
    const behind = (port: number) => hostAt(port, { proxy_jump: [hop] });
    for (const port of [1, 2, 3]) await both.connect(behind(port));
    expect(said.filter((line) => !line.startsWith('make'))).toEqual(['ssh2 1', 'openssh 1', 'openssh 2', 'openssh 3']);
    expect(found.withNeeds(behind(4)).ssh.needs).toEqual([expect.stringMatching(/^its jump host bastion: .*hardware/)]);
    expect(found.withNeeds(hostAt(4)).ssh.needs).toBeUndefined();
  });

  it('connects no more where the transport was closed, or the run was ended, in the meantime', async () => {
    const said: string[] = [];
    const abort = new AbortController();
    const ending = stub('ssh2', said, () => {
      abort.abort();
      return failed(DISAGREED);
    });
    const both = chosenTransport({ ssh2: ending, openssh: stub('openssh', said) }, createFoundNeeds());
    await expect(both.connect(hostAt(1), abort.signal)).rejects.toThrow('no');
    const closing = chosenTransport(
      {
        ssh2: stub('ssh2', said, () => {
          closing.close();
          return failed(DISAGREED);
        }),
        openssh: stub('openssh', said),
      },
      createFoundNeeds(),
    );
    await expect(closing.connect(hostAt(1))).rejects.toThrow('no');
    expect(said.join()).not.toContain('openssh');
  });
});
