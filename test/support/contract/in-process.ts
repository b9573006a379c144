import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FULL } from '../full.ts';
import { testHost } from '../ssh-host.ts';
import { startSshServer } from '../ssh-server.ts';
import { startTcpFront } from '../tcp-front.ts';
import { wildRoot } from '../wild-root.ts';
import { type MachineMaker, makeStage } from './clients.ts';
import { sshdRig } from './sshd.ts';
import type { Rig, Wish } from './stage.ts';
import { standIns } from './stand-ins.ts';

const { path: root } = await wildRoot();
const hasSudo = ['/usr/bin/sudo', '/usr/bin/doas'].some((file) => existsSync(file));

/** The rig of a server that runs inside the test and starts shells of this machine. */
export function inProcessRig(client: Rig['client']): Rig {
  return { client, server: 'in-process', lacks, stage: async () => makeStage(client, makeMachine) };
}

/** The same for what no sshd was asked: each case of a client is met once, and on both servers with HAPROV_TESTS=full. */
export function beyondSshdRig(client: Rig['client']): Rig {
  const sshd = sshdRig(client);
  const playedBySshd = (wishes: readonly Wish[]): boolean =>
    !FULL && wishes.every((wish) => sshd.lacks(wish) === undefined);
  return { ...inProcessRig(client), playedElsewhere: playedBySshd };
}

function lacks(wish: Wish): string | undefined {
  if (wish.sshd || wish.processes) return 'there is no sshd process';
  if (wish.expired || wish.tmp) return 'it is no machine of its own';
  if (wish.names && process.getuid?.() !== 0) return 'only root can name hosts';
  const missing = wish.shell !== undefined && !existsSync(wish.shell);
  if (missing && (root === undefined || wish.sudo)) return `${wish.shell} is not here`;
  if ((wish.sudo === 'missing' || wish.sudo === 'doas') && hasSudo) return 'this machine has a sudo or a doas';
  return undefined;
}

const makeMachine: MachineMaker = async (wish, home) => {
  const { path, env } = standIns(wish);
  // bash reads it where its standard input is a socket.
  if (wish.bashrc !== undefined) writeFileSync(join(path, '.bashrc'), wish.bashrc);
  const server = await startSshServer({
    hostKeys: wish.hostKeys,
    authorizedKeys: wish.authorizedKeys,
    path,
    env: { HOME: path, ...env, ...wish.env },
    ...(wish.banner === undefined ? {} : { banner: wish.banner }),
    ...(wish.shell === undefined ? {} : { shell: existsSync(wish.shell) ? [wish.shell] : chrooted(wish.shell) }),
    ...(wish.forceCommand === undefined ? {} : { shell: ['/bin/sh', '-c', wish.forceCommand, 'sh'] }),
    ...(wish.password === undefined || wish.sudo ? {} : { password: wish.password }),
    ...(wish.interactive ? { interactive: true } : {}),
    ...(wish.maxSessions === undefined ? {} : { maxSessions: wish.maxSessions }),
    ...(wish.kex === undefined ? {} : { kex: wish.kex }),
    ...wish.server,
  });
  const address = wish.address ?? '127.0.0.1';
  const front = await startTcpFront({ port: server.port, address: '127.0.0.1' }, address, wish.drop);
  const { port } = front;
  return {
    port,
    front,
    server,
    hostKeys: wish.hostKeys,
    elevated: 'echo "$ELEVATED"',
    host: (ssh, become) => ({ ...testHost(port, home, { config_file: 'none', ...ssh }, become), address }),
    hop: (user = 'deploy') => ({ user, host: address, port }),
    killSessions: async () => server.cut(),
    restart: () => Promise.reject(new Error('it is no process')),
    freeze: async () => server.freeze(),
    exec: () => Promise.reject(new Error('it is no machine')),
    close: async () => {
      await front.close();
      await server.close();
      rmSync(path, { recursive: true, force: true });
    },
  };
};

function chrooted(shell: string): string[] {
  if (root === undefined) throw new Error(`${shell} is not here`);
  return ['chroot', root, shell];
}
