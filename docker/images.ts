import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { BASE_INPUTS, makeBase } from './base-image.ts';
import { docker, tryDocker } from './docker.ts';
import { withLock } from './lock.ts';
import { IMAGE_SOURCES } from './paths.ts';
import type { Report } from './report.ts';
import type { LabHost, LabService, Role } from './topology.ts';

/** An image, what it stands on, and the directory of its sources. */
interface Image {
  readonly name: string;
  readonly from: string;
  readonly source: string;
  /** Packages that its Dockerfile installs. */
  readonly packages?: string;
}

/** What the shipped playbooks install: keepalived, a service, and what its check needs. */
const PACKAGES: Readonly<Record<LabService, string>> = {
  nginx: 'keepalived nginx curl',
  haproxy: 'keepalived haproxy curl socat',
  none: 'keepalived curl',
};
const SERVICES = ['nginx', 'haproxy', 'none'] as const;

/** The images. A tag carries the hash of all that went into it. */
const IMAGES: readonly Image[] = [
  { name: 'debian', from: 'base', source: 'debian' },
  { name: 'client', from: 'debian', source: 'client' },
  { name: 'python', from: 'debian', source: 'python' },
  { name: 'rpm', from: 'debian', source: 'rpm' },
  ...(['debian', 'rpm'] as const).flatMap((from) =>
    SERVICES.map((service): Image => {
      const packages = from === 'rpm' ? `${PACKAGES[service]} procps-ng` : PACKAGES[service];
      return { name: `${from}-${service}`, from, source: `installed-${from}`, packages };
    }),
  ),
];

/** What a host's image is chosen by. */
export type ImageWish = Pick<LabHost, 'role' | 'installed'>;

const IMAGE_OF_ROLE: Readonly<Record<Role, string>> = {
  debian: 'debian',
  jump: 'debian',
  client: 'client',
  python: 'python',
  rpm: 'rpm',
};

function imageName({ role, installed }: ImageWish): string {
  const blank = IMAGE_OF_ROLE[role];
  return installed === undefined ? blank : `${blank}-${installed}`;
}

/** One host of every kind that the tests and the benchmarks have. */
export const ALL_IMAGES: readonly ImageWish[] = [
  ...(['debian', 'client', 'python', 'rpm'] as const).map((role) => ({ role })),
  ...SERVICES.map((installed) => ({ role: 'debian', installed }) as const),
  ...(['nginx', 'haproxy'] as const).map((installed) => ({ role: 'rpm', installed }) as const),
];

/** Builds what is missing or outdated for such hosts. Gives the image tag of each. */
export async function ensureImages(hosts: readonly ImageWish[], report: Report): Promise<(host: ImageWish) => string> {
  const tags = new Map<string, string>([['base', tag('base', BASE_INPUTS)]]);
  for (const { name, from, source, packages } of IMAGES) {
    const inputs = await directoryInputs(join(IMAGE_SOURCES, source));
    tags.set(name, tag(name, [tags.get(from) ?? '', ...(packages === undefined ? [] : [packages]), ...inputs]));
  }
  const wanted = new Set(hosts.map(imageName));
  const missing = await Promise.all([...wanted].map((name) => isMissing(tags.get(name) ?? '')));
  if (missing.includes(true)) await withLock('images', () => build(wanted, tags, report));
  return (host) => tags.get(imageName(host)) ?? '';
}

async function build(wanted: ReadonlySet<string>, tags: ReadonlyMap<string, string>, report: Report): Promise<void> {
  const base = tags.get('base') ?? '';
  if (await isMissing(base)) await makeBase(base, report);
  const started = new Map<string, Promise<void>>([['base', Promise.resolve()]]);
  const ensure = (name: string): Promise<void> => {
    const building = started.get(name) ?? make(name);
    started.set(name, building);
    return building;
  };
  const make = async (wish: string): Promise<void> => {
    const found = IMAGES.find(({ name }) => name === wish);
    const image = tags.get(wish) ?? '';
    if (found === undefined || !(await isMissing(image))) return;
    const { name, from, source, packages } = found;
    await ensure(from);
    report(`building the ${name} image`);
    const values = [`BASE=${tags.get(from) ?? ''}`, ...(packages === undefined ? [] : [`PACKAGES=${packages}`])];
    const args = values.flatMap((value) => ['--build-arg', value]);
    // The classic builder: BuildKit is a plug-in that Debian's package does not bring.
    await docker(['build', '--force-rm', ...args, '--tag', image, join(IMAGE_SOURCES, source)], {
      env: { DOCKER_BUILDKIT: '0' },
    });
  };
  // Every build ends before the first failure is told, so that nothing goes on in the background.
  const failed = (await Promise.allSettled([...wanted].map(ensure))).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

async function isMissing(image: string): Promise<boolean> {
  return (await tryDocker(['image', 'inspect', image])).code !== 0;
}

function tag(name: string, inputs: readonly string[]): string {
  const hash = createHash('sha256');
  for (const input of inputs) hash.update(`${input.length}:${input}`);
  return `haprov-lab/${name}:${hash.digest('hex').slice(0, 12)}`;
}

async function directoryInputs(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const inputs: string[] = [];
  for (const file of files.sort()) {
    const mode = ((await stat(file)).mode & 0o111) === 0 ? 'file' : 'program';
    inputs.push(relative(directory, file), mode, await readFile(file, 'utf8'));
  }
  return inputs;
}
