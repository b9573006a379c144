import { spawn } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryDocker } from './docker.ts';
import { LabUnavailable } from './errors.ts';
import { installDebianPackages } from './install.ts';
import { withLock } from './lock.ts';
import { raiseMachineLimits } from './machine-limits.ts';
import { LAB_ROOT } from './paths.ts';
import { labEnvironment, run } from './process.ts';
import type { Report } from './report.ts';

const START_LIMIT = 60_000;
const DAEMON_LOG = join(LAB_ROOT, 'dockerd.log');

/** Makes Docker answer on this machine: installs and starts it where it can. Throws LabUnavailable where it cannot. */
export async function ensureEngine(report: Report): Promise<void> {
  if (!(await answers())) {
    if (process.getuid?.() !== 0) {
      throw new LabUnavailable('the lab needs root: Docker does not answer, and only root can install and start it');
    }
    await withLock('engine', async () => {
      if (await answers()) return;
      await installEngine(report);
      // Some installations start the daemon themselves.
      if (!(await answers())) await startEngine(report);
    });
  }
  await raiseMachineLimits();
}

async function answers(): Promise<boolean> {
  const { code, stderr } = await tryDocker(['info', '--format', '{{.ServerVersion}}'], { timeout: 20_000 });
  if (code !== 0 && /permission denied/i.test(stderr)) {
    throw new LabUnavailable('the lab needs root: this user may not use the Docker socket');
  }
  // An old docker client exits 0 although the server did not answer, and says so on stderr only.
  return code === 0 && !/cannot connect/i.test(stderr);
}

async function installEngine(report: Report): Promise<void> {
  const missing: string[] = [];
  for (const [program, debianPackage] of [
    ['docker', 'docker.io'],
    ['dockerd', 'docker.io'],
    ['iptables', 'iptables'],
  ] as const) {
    const found = await run(['sh', '-c', 'command -v "$1"', 'sh', program]);
    if (found.code !== 0 && !missing.includes(debianPackage)) missing.push(debianPackage);
  }
  if (missing.length > 0) await installDebianPackages([...missing, 'ca-certificates'], report);
}

async function startEngine(report: Report): Promise<void> {
  report('starting the Docker daemon');
  const systemd = await run(['test', '-d', '/run/systemd/system']);
  if (systemd.code === 0) {
    const started = await run(['systemctl', 'start', 'docker'], { timeout: START_LIMIT });
    if (started.code !== 0) throw new LabUnavailable(`dockerd does not start: ${lastLine(started.stderr)}`);
    if (await answers()) return;
  }
  await startDaemon();
}

/** A daemon in its own session, so that it outlives this process and its terminal. */
async function startDaemon(): Promise<void> {
  await mkdir(LAB_ROOT, { recursive: true });
  const log = await open(DAEMON_LOG, 'w');
  const daemon = spawn('dockerd', [], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: labEnvironment(),
    cwd: '/',
  });
  let ended: string | undefined;
  daemon.on('error', (error) => {
    ended = error.message;
  });
  daemon.on('exit', (code) => {
    ended = `it ended with status ${code}`;
  });
  try {
    const deadline = Date.now() + START_LIMIT;
    while (!(await answers())) {
      if (ended !== undefined || Date.now() > deadline) {
        throw new LabUnavailable(
          `dockerd does not start: ${(await daemonComplaint()) ?? ended ?? 'no answer in 60 s'}`,
          {
            next: `Read ${DAEMON_LOG}`,
          },
        );
      }
      await sleep(250);
    }
  } finally {
    await log.close();
    daemon.removeAllListeners();
    daemon.unref();
  }
}

async function daemonComplaint(): Promise<string | undefined> {
  const lines = (await readFile(DAEMON_LOG, 'utf8')).split('\n');
  const failed = lines.findLast((line) => /^failed|level=(fatal|error)/.test(line));
  return failed === undefined
    ? undefined
    : (/msg="((?:[^"\\]|\\.)*)"/.exec(failed)?.[1] ?? failed.replace(/^failed to start daemon: /, ''));
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
