import { setTimeout as pause } from 'node:timers/promises';
import { command, quote } from '../../../src/transport/quote.ts';
import { testHost } from '../ssh-host.ts';
import { startTcpFront } from '../tcp-front.ts';
import { greets, startWildHost } from '../wild-host.ts';
import { wildRoot } from '../wild-root.ts';
import { type MachineMaker, makeStage } from './clients.ts';
import type { Rig, Wish } from './stage.ts';

const { path: root, why } = await wildRoot();

/** The rig of OpenSSH's sshd over a Debian of its own, with its real sudo, PAM and shells. */
export function sshdRig(client: Rig['client']): Rig {
  return { client, server: 'sshd', lacks, stage: async () => makeStage(client, makeMachine) };
}

function lacks(wish: Wish): string | undefined {
  if (root === undefined) return `no machines here: ${why}`;
  return wish.server === undefined ? undefined : 'no sshd behaves so';
}

const makeMachine: MachineMaker = async (wish, home) => {
  if (root === undefined) throw new Error(why);
  const address = wish.address ?? '127.0.0.1';
  const host = await startWildHost({ root, setup: setupScript(wish), sshd: sshdConfig(wish) });
  const front = await startTcpFront(host, address, wish.drop);
  const { port } = front;
  const exec = async (script: string): Promise<string> => {
    const { code, stdout, stderr } = await host.exec(script);
    if (code !== 0) throw new Error(`exit status ${code} of ${script}: ${stdout}${stderr}`);
    return stdout;
  };
  return {
    port,
    front,
    server: undefined,
    hostKeys: wish.hostKeys,
    elevated: 'if [ "$(id -u)" = 0 ]; then echo 1; else echo; fi',
    host: (ssh, become) => ({ ...testHost(port, home, { config_file: 'none', ...ssh }, become), address }),
    hop: (user = 'deploy') => ({ user, host: address, port }),
    killSessions: async () => void (await exec("pkill -KILL -f '^sshd: (deploy|root)'")),
    restart: async () => {
      const listener = "pgrep -f '^sshd: /usr/sbin/sshd'";
      const before = await exec(listener);
      await exec(`kill $(${listener})`);
      const isNew = (now: string): boolean => now.trim() !== '' && now !== before;
      while (!isNew((await host.exec(listener)).stdout) || !(await greets(host.port, host.address))) await pause(20);
    },
    freeze: async () => void (await exec('pkill -STOP -x sshd')),
    exec,
    close: async () => {
      await front.close();
      await host.close();
    },
  };
};

function sshdConfig(wish: Wish & { readonly hostKeys: readonly unknown[] }): string[] {
  const env = Object.entries(wish.env ?? {});
  return [
    // The first word that sshd reads of an option is the one that counts.
    ...(wish.sshd ?? []),
    ...(wish.kex === undefined ? [] : [`KexAlgorithms ${wish.kex}`]),
    ...wish.hostKeys.map((_key, index) => `HostKey /etc/ssh/test_key_${index}`),
    'AuthorizedKeysFile /etc/ssh/test_authorized_keys',
    'PidFile none',
    'UsePAM yes',
    'PermitRootLogin yes',
    `PasswordAuthentication ${wish.password !== undefined && !wish.interactive ? 'yes' : 'no'}`,
    `KbdInteractiveAuthentication ${wish.interactive ? 'yes' : 'no'}`,
    ...(wish.maxSessions === undefined ? [] : [`MaxSessions ${wish.maxSessions}`]),
    ...(wish.banner === undefined ? [] : ['Banner /etc/ssh/test_banner']),
    ...(wish.forceCommand === undefined ? [] : [`ForceCommand ${wish.forceCommand}`]),
    ...(env.length === 0 ? [] : [`SetEnv ${env.map(([name, value]) => `${name}=${value}`).join(' ')}`]),
  ];
}

function setupScript(wish: Wish & Required<Pick<Wish, 'hostKeys' | 'authorizedKeys'>>): string {
  const file = (path: string, text: string, mode = '644'): string =>
    `printf %s ${quote(text)} > ${path}; chmod ${mode} ${path}`;
  return [
    'echo "127.0.0.1 localhost $(hostname)" > /etc/hosts',
    `useradd -m -s ${quote(wish.shell ?? '/bin/sh')} deploy`,
    ...wish.hostKeys.map((key, index) => file(`/etc/ssh/test_key_${index}`, key.private, '600')),
    file('/etc/ssh/test_authorized_keys', wish.authorizedKeys.map((key) => `${key.public}\n`).join('')),
    ...(wish.banner === undefined ? [] : [file('/etc/ssh/test_banner', wish.banner)]),
    ...(wish.bashrc === undefined ? [] : [file('/home/deploy/.bashrc', wish.bashrc)]),
    ...(wish.password === undefined ? [] : [`printf '%s\\n' ${quote(`deploy:${wish.password}`)} | chpasswd`]),
    ...sudoSetup(wish, file),
    ...(wish.expired ? ['chage -d 0 deploy'] : []),
    ...(wish.tmp === 'noexec' ? ['mount -o remount,noexec /tmp'] : []),
    ...(wish.tmp === 'full' ? ['mount -o remount,size=64k /tmp', 'cat /dev/zero > /tmp/full 2>/dev/null || :'] : []),
  ].join('\n');
}

function sudoSetup(wish: Wish, file: (path: string, text: string, mode?: string) => string): string[] {
  const rule = { free: 'deploy ALL=(ALL) NOPASSWD: ALL', password: 'deploy ALL=(ALL) ALL' };
  const lines = [
    ...(wish.sudo === 'free' || wish.sudo === 'password' ? [rule[wish.sudo]] : []),
    ...(wish.lecture ? ['Defaults lecture=always'] : []),
    ...(wish.requiresTty ? ['Defaults requiretty'] : []),
  ];
  const none = command(['rm', '-f', '/usr/bin/sudo', '/usr/bin/doas']);
  return [
    ...(lines.length === 0 ? [] : [file('/etc/sudoers.d/test', `${lines.join('\n')}\n`, '440')]),
    ...(wish.sudo === 'missing' ? [none] : []),
    ...(wish.sudo === 'doas' ? ['rm /usr/bin/sudo', file('/etc/doas.conf', 'permit nopass deploy\n', '600')] : []),
  ];
}
