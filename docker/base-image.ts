import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { docker, tryDocker } from './docker.ts';
import { LabUnavailable } from './errors.ts';
import { installDebianPackages } from './install.ts';
import { run } from './process.ts';
import type { Report } from './report.ts';

const SUITE = 'bookworm';
const UPSTREAM = `debian:${SUITE}-slim`;
const MIRROR = 'http://deb.debian.org/debian';
const PACKAGES = 'systemd,systemd-sysv,dbus,openssh-server,iproute2,iptables,sudo,procps,ca-certificates';
const PULL_LIMIT = 15_000;

/** What the base image depends on; a change makes a new one. */
export const BASE_INPUTS: readonly string[] = [SUITE, PACKAGES];

/** Makes the base image under this tag: pulled where there is a registry, else debootstrapped from a Debian mirror. */
export async function makeBase(tag: string, report: Report): Promise<void> {
  const local = await tryDocker(['image', 'inspect', UPSTREAM]);
  if (local.code !== 0) report(`pulling ${UPSTREAM}`);
  const pulled = local.code === 0 ? local : await tryDocker(['pull', '--quiet', UPSTREAM], { timeout: PULL_LIMIT });
  if (pulled.code === 0) {
    await docker(['tag', UPSTREAM, tag]);
    return;
  }
  await bootstrap(tag, report);
}

async function bootstrap(tag: string, report: Report): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new LabUnavailable(`the lab needs root: ${UPSTREAM} cannot be pulled, and only root can debootstrap it`);
  }
  if ((await run(['sh', '-c', 'command -v debootstrap'])).code !== 0) {
    await installDebianPackages(['debootstrap'], report);
  }
  report(`no registry answers: making ${SUITE} with debootstrap, which takes about a minute`);
  const root = await mkdtemp(join(tmpdir(), 'haprov-base-'));
  try {
    const made = await run(['debootstrap', '--variant=minbase', `--include=${PACKAGES}`, SUITE, root, MIRROR]);
    if (made.code !== 0) {
      const cause = `${made.stdout}\n${made.stderr}`.split('\n').findLast((line) => line.startsWith('E:'));
      throw new LabUnavailable(
        `no base image: ${UPSTREAM} cannot be pulled, and debootstrap failed: ${cause?.slice(3) ?? 'no reason given'}`,
        { evidence: made.stdout + made.stderr },
      );
    }
    // The packages' files are in place; their archives would only make the image larger.
    const pack = 'tar -C "$1" --exclude="./var/cache/apt/archives/*.deb" -c . | docker import - "$2"';
    const imported = await run(['bash', '-o', 'pipefail', '-c', pack, 'bash', root, tag]);
    if (imported.code !== 0) {
      throw new LabUnavailable('no base image: docker import failed', { evidence: imported.stderr });
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
