import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { SshSettings } from '../../../../src/inventory/model.ts';
import { chosenTransport } from '../../../../src/transport/chosen-transport.ts';
import { createFoundNeeds } from '../../../../src/transport/config/found-needs.ts';
import { createOpensshTransport } from '../../../../src/transport/openssh/openssh-transport.ts';
import { quote } from '../../../../src/transport/quote.ts';
import { createSsh2Transport } from '../../../../src/transport/ssh2/ssh2-transport.ts';
import { sshdRig } from '../../../support/contract/sshd.ts';
import type { Machine, Stage } from '../../../support/contract/stage.ts';
import { freePort } from '../../../support/tcp-front.ts';

const rig = sshdRig('openssh');
const stages: Stage[] = [];
afterEach(async () => {
  for (const stage of stages.splice(0)) await stage.close();
});

async function newStage(): Promise<Stage> {
  const stage = await rig.stage();
  stages.push(stage);
  return stage;
}

const keygen = (...words: readonly string[]): void => {
  const { status, stderr } = spawnSync('ssh-keygen', ['-q', ...words], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
};

/** An authority, and what it signed. */
function authority(stage: Stage): { file: string; public: string } {
  const file = join(stage.home.directory, 'ca');
  keygen('-t', 'ed25519', '-N', '', '-f', file);
  return { file, public: readFileSync(`${file}.pub`, 'utf8').trim() };
}

async function put(machine: Machine, path: string, text: string): Promise<void> {
  await machine.exec(`printf %s ${quote(text)} > ${path}`);
}

async function statusOf(stage: Stage, machine: Machine, ssh: Partial<SshSettings> = {}): Promise<unknown> {
  return stage
    .transport()
    .connect(machine.host(ssh))
    .then(
      async (session) => (await session.run('exit 3')).code,
      (error: unknown) => error,
    );
}

const because = rig.lacks({});
describe.skipIf(because !== undefined)(
  `what ssh2 cannot do${because === undefined ? '' : ` (left out: ${because})`}`,
  () => {
    it('a host certificate of a known authority is accepted, and only for its name and in its time', async () => {
      const stage = await newStage();
      const ca = authority(stage);
      const machine = await stage.machine({ sshd: ['HostCertificate /etc/ssh/host-cert.pub'] });
      const hostKey = join(stage.home.directory, 'host.pub');
      writeFileSync(hostKey, `${machine.hostKeys[0]?.public}\n`);
      const refused = (why: string) =>
        expect.objectContaining({
          kind: 'host-key',
          retryable: false,
          message: expect.stringContaining(why),
          facts: expect.objectContaining({ next: expect.stringContaining('clocks of both machines') }),
        });
      for (const [principal, times, expected] of [
        ['127.0.0.1', 'always:forever', 3],
        ['another', 'always:forever', refused('name is not a listed principal')],
        // As a clock that is late or fast here makes a good one look.
        ['127.0.0.1', '+1d:+2d', refused('not yet valid')],
        ['127.0.0.1', '-2d:-1d', refused('expired')],
      ] as const) {
        keygen('-s', ca.file, '-I', 'host', '-h', '-n', principal, '-V', times, hostKey);
        await put(machine, '/etc/ssh/host-cert.pub', readFileSync(join(stage.home.directory, 'host-cert.pub'), 'utf8'));
        await machine.restart();
        stage.home.trust(`@cert-authority [127.0.0.1]:* ${ca.public}`);
        expect(await statusOf(stage, machine)).toEqual(expected);
      }
    });

    it('a host that accepts user certificates alone lets one in that lies beside its key', async () => {
      const stage = await newStage();
      const ca = authority(stage);
      const machine = await stage.machine({ authorizedKeys: [], sshd: ['TrustedUserCAKeys /etc/ssh/user_ca.pub'] });
      await put(machine, '/etc/ssh/user_ca.pub', `${ca.public}\n`);
      await machine.restart();
      expect(await statusOf(stage, machine)).toMatchObject({ kind: 'auth', retryable: false });
      writeFileSync(`${stage.home.identity}.pub`, `${testPublic(stage)}\n`);
      for (const [times, expected] of [
        ['-2d:-1d', expect.objectContaining({ kind: 'auth', retryable: false })],
        ['always:forever', 3],
      ] as const) {
        keygen('-s', ca.file, '-I', 'me', '-n', 'deploy', '-V', times, `${stage.home.identity}.pub`);
        expect(await statusOf(stage, machine)).toEqual(expected);
      }
    });

    it('a host that offers post-quantum key exchange alone is reached', async () => {
      const stage = await newStage();
      const machine = await stage.machine({ sshd: ['KexAlgorithms sntrup761x25519-sha512@openssh.com'] });
      expect(await statusOf(stage, machine)).toBe(3);
    });

    it.each(['host', 'jump host'])('a %s of that kind is reached by auto, which then remembers it', async (which) => {
      const stage = await newStage();
      const quantum = await stage.machine({ sshd: ['KexAlgorithms sntrup761x25519-sha512@openssh.com'] });
      const target = which === 'host' ? quantum : await stage.machine();
      const host = target.host(which === 'host' ? {} : { proxy_jump: [quantum.hop()] });
      const options = { homeDirectory: stage.home.directory, agentSocket: '', env: process.env };
      const found = createFoundNeeds();
      const auto = chosenTransport(
        { ssh2: () => createSsh2Transport(options), openssh: () => createOpensshTransport(options) },
        found,
      );
      stage.keep(auto);
      for (const tried of [2, 3]) {
        const session = await auto.connect(host);
        expect((await session.run('exit 3')).code).toBe(3);
        session.close();
        expect(found.withNeeds(host).ssh.needs).toEqual([expect.stringContaining('key exchange')]);
        expect(quantum.front.accepted).toBe(which === 'host' ? tried : 2);
      }
    });

    it('a host that has no key exchange in common is a final error with what it offers', async () => {
      const stage = await newStage();
      const machine = await stage.machine({ sshd: ['KexAlgorithms sntrup761x25519-sha512@openssh.com'] });
      const config_file = join(stage.home.directory, 'config');
      writeFileSync(config_file, 'KexAlgorithms curve25519-sha256\n');
      expect(await statusOf(stage, machine, { config_file })).toMatchObject({
        kind: 'protocol',
        retryable: false,
        facts: { evidence: expect.stringContaining('sntrup761') },
      });
    });
  },
);

describe.skipIf(because !== undefined)('the way that ssh_config describes', () => {
  const open = { proxy_jump: 'default', port: 'default', user: 'default' } as const;

  async function configured(text: (machine: Machine, jump: Machine, stage: Stage) => string): Promise<unknown> {
    const stage = await newStage();
    const [machine, jump] = [await stage.machine(), await stage.machine()];
    const config_file = join(stage.home.directory, 'config');
    writeFileSync(config_file, text(machine, jump, stage));
    const host = machine.host({ config_file, origins: open });
    return stage
      .transport()
      .connect({ ...host, address: 'web1', ssh: { ...host.ssh, port: 22, user: 'nobody' } })
      .then(
        async (session) => (await session.run('exit 3')).code,
        (error: unknown) => error,
      );
  }
  const target = (machine: Machine): string =>
    `Host web1\n  HostName 127.0.0.1\n  Port ${machine.port}\n  User deploy\n`;
  const bastion = (jump: { port: number }, stage: Stage, user = 'deploy'): string =>
    `Host bastion\n  HostName 127.0.0.1\n  Port ${jump.port}\n  User ${user}\n  IdentityFile ${stage.home.identity}\n` +
    `  UserKnownHostsFile ${stage.home.knownHosts}\n  BatchMode yes\n`;

  it('is taken: another name, port and user, and ProxyJump', async () => {
    expect(
      await configured((machine, jump, stage) => `${target(machine)}  ProxyJump bastion\n${bastion(jump, stage)}`),
    ).toBe(3);
  });

  it('is taken: ProxyCommand', async () => {
    const command = (port: number): string => `exec 3<>/dev/tcp/127.0.0.1/${port}; cat <&3 & cat >&3`;
    expect(await configured((machine) => `${target(machine)}  ProxyCommand bash -c '${command(machine.port)}'\n`)).toBe(
      3,
    );
  });

  it('fails with what the jump host’s own ssh said', async () => {
    const port = await freePort();
    const refused = await configured(
      (machine, _jump, stage) => `${target(machine)}  ProxyJump bastion\n${bastion({ port }, stage)}`,
    );
    expect(refused).toMatchObject({
      kind: 'refused',
      retryable: true,
      message: expect.stringMatching(/ssh_config’s way to .*Connection refused/),
      facts: { next: expect.stringContaining('ProxyJump') },
    });
    const denied = await configured(
      (machine, jump, stage) => `${target(machine)}  ProxyJump bastion\n${bastion(jump, stage, 'nobody-here')}`,
    );
    expect(denied).toMatchObject({
      kind: 'auth',
      retryable: false,
      message: expect.stringContaining('Permission denied'),
    });
  });

  it('fails with what a ProxyCommand said that cannot be run', async () => {
    const error = await configured((machine) => `${target(machine)}  ProxyCommand no-such-program %h\n`);
    expect(error).toMatchObject({ message: expect.stringContaining('not found') });
  });

  it('is a final error where ssh refuses the file', async () => {
    const error = await configured((machine) => `${target(machine)}  NoSuchOption yes\n`);
    expect(error).toMatchObject({
      kind: 'protocol',
      retryable: false,
      message: expect.stringMatching(/configuration/),
    });
  });
});

function testPublic(stage: Stage): string {
  return spawnSync('ssh-keygen', ['-y', '-f', stage.home.identity], { encoding: 'utf8' }).stdout.trim();
}
