import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type ProcessResult, run } from '../../docker/process.ts';

/** What a host is to be like. */
export interface WildHostOptions {
  /** The tree that it is a copy of; see wild-root.ts. */
  readonly root: string;
  /** A POSIX script that its root runs before sshd starts. */
  readonly setup: string;
  /** Lines of sshd_config; a port and host keys among them. */
  readonly sshd: readonly string[];
  readonly port: number;
  readonly address?: string;
}

/** A host: real sshd, sudo and shells over a tree of their own, with their own processes, on this machine's network. */
export interface WildHost {
  /** Runs a script as its root, beside sshd. */
  exec(script: string): Promise<ProcessResult>;
  close(): Promise<void>;
}

/** As the first process of the namespace: what it mounts and starts ends with it. */
const BOOT = `set -e
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" "$1/root"
mount -t proc proc "$1/root/proc"
mount --rbind /dev "$1/root/dev"
mount -t tmpfs -o mode=1777 tmpfs "$1/root/tmp"
mount -t tmpfs tmpfs "$1/root/run"
mkdir -p "$1/root/run/sshd" "$1/root/run/lock"
exec chroot "$1/root" /bin/sh -c "$3"`;

/** Starts a host and waits until its sshd listens. */
export async function startWildHost(options: WildHostOptions): Promise<WildHost> {
  const place = mkdtempSync(join(tmpdir(), 'haprov-wild-'));
  const config = `${options.sshd.join('\n')}\n`;
  const script = `set -e
umask 022
cat > /etc/ssh/test_config <<'end of the configuration'
${config}end of the configuration
${options.setup}
while :; do /usr/sbin/sshd -D -e -f /etc/ssh/test_config || sleep 0.1; done`;
  const namespace = ['unshare', '--mount', '--pid', '--fork', '--kill-child=KILL', 'sh', '-c', BOOT, 'sh'];
  // The host dies with the test that started it, however that ends.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...namespace, place, options.root, script], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => {
    said = (said + bytes.toString()).slice(-4000);
  });
  const close = async (): Promise<void> => {
    // unshare blocks SIGTERM; its death is that of the namespace.
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await new Promise((end) => child.once('exit', end));
    rmSync(place, { recursive: true, force: true });
  };
  for (let waited = 0; !(await listens(options.port, options.address ?? '127.0.0.1')); waited += 25) {
    if (child.exitCode !== null || waited > 20_000) {
      await close();
      throw new Error(`the host did not start: ${said}`);
    }
    await pause(25);
  }
  return {
    exec: (script) => run(['nsenter', ...target(child), 'sh', '-c', script], { timeout: 30_000 }),
    close,
  };
}

function target({ pid }: ChildProcess): readonly string[] {
  const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return ['--target', String(first), '--mount', '--pid', `--root=/proc/${first}/root`, '--wd=/'];
}

function listens(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
