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
  /** Lines of sshd_config; host keys among them. */
  readonly sshd: readonly string[];
}

/** A host: real sshd, sudo and shells over a tree of their own, with their own processes, on this machine's network. */
export interface WildHost {
  /** Where its sshd listens. */
  readonly address: string;
  readonly port: number;
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

const PORT = 2222;
let count = 0;

/**
 * A loopback address that no other host has: a port that was found to be free could be another's before sshd has it.
 * Process numbers and a count keep those of one machine apart.
 */
function ownAddress(): string {
  count += 1;
  return `127.${64 + (process.pid & 63)}.${(process.pid >> 6) & 255}.${1 + (count % 254)}`;
}

/** Starts a host and waits until its sshd greets. */
export async function startWildHost(options: WildHostOptions): Promise<WildHost> {
  const address = ownAddress();
  const place = mkdtempSync(join(tmpdir(), 'haprov-wild-'));
  const config = [...options.sshd, `Port ${PORT}`, `ListenAddress ${address}`, ''].join('\n');
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
  for (let waited = 0; !(await greets(PORT, address)); waited += 25) {
    if (child.exitCode !== null || waited > 20_000) {
      await close();
      throw new Error(`the host did not start: ${said}`);
    }
    await pause(25);
  }
  return {
    address,
    port: PORT,
    exec: (script) => run(['nsenter', ...target(child), 'sh', '-c', script], { timeout: 110_000 }),
    close,
  };
}

function target({ pid }: ChildProcess): readonly string[] {
  const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return ['--target', String(first), '--mount', '--pid', `--root=/proc/${first}/root`, '--wd=/'];
}

/** Whether an sshd answers there. */
export function greets(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (greeting) => end(greeting.toString('latin1').startsWith('SSH-')));
    socket.once('error', () => end(false)).once('close', () => end(false));
  });
}
