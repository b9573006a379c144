import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { BASE_INPUTS, makeBase } from './base-image.ts';
import { docker, tryDocker } from './docker.ts';
import { withLock } from './lock.ts';
import { IMAGE_SOURCES } from './paths.ts';
import type { Report } from './report.ts';
import type { Role } from './topology.ts';

/** The images and what each stands on, in the order of building. A tag carries the hash of all that went into it. */
const IMAGES = [
  { name: 'debian', from: 'base' },
  { name: 'client', from: 'debian' },
  { name: 'python', from: 'debian' },
  { name: 'rpm', from: 'debian' },
] as const;

type ImageName = (typeof IMAGES)[number]['name'];

const IMAGE_OF_ROLE: Readonly<Record<Role, ImageName>> = {
  debian: 'debian',
  jump: 'debian',
  client: 'client',
  python: 'python',
  rpm: 'rpm',
};

/** Builds what is missing or outdated for these roles, and gives the image tag of each role. */
export async function ensureImages(roles: ReadonlySet<Role>, report: Report): Promise<ReadonlyMap<Role, string>> {
  const tags = new Map<string, string>([['base', tag('base', BASE_INPUTS)]]);
  for (const { name, from } of IMAGES) {
    tags.set(name, tag(name, [tags.get(from) ?? '', ...(await directoryInputs(join(IMAGE_SOURCES, name)))]));
  }
  const wanted = new Set([...roles].map((role) => IMAGE_OF_ROLE[role]));
  const missing = await Promise.all([...wanted].map((name) => isMissing(tags.get(name) ?? '')));
  if (missing.includes(true)) {
    await withLock('images', () => build(wanted, tags, report));
  }
  return new Map([...roles].map((role) => [role, tags.get(IMAGE_OF_ROLE[role]) ?? '']));
}

async function build(wanted: ReadonlySet<ImageName>, tags: ReadonlyMap<string, string>, report: Report): Promise<void> {
  const base = tags.get('base') ?? '';
  if (await isMissing(base)) await makeBase(base, report);
  for (const { name, from } of IMAGES) {
    const image = tags.get(name) ?? '';
    if ((name !== 'debian' && !wanted.has(name)) || !(await isMissing(image))) continue;
    report(`building the ${name} image`);
    const base = `BASE=${tags.get(from) ?? ''}`;
    // The classic builder: BuildKit is a plug-in that Debian's package does not bring.
    await docker(['build', '--force-rm', '--build-arg', base, '--tag', image, join(IMAGE_SOURCES, name)], {
      env: { DOCKER_BUILDKIT: '0' },
    });
  }
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
