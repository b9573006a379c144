// Makes a clone ready: dependencies and build. Plain Node without dependencies, since they are what it brings.
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Stands in dist/ once all of it has been made: a build that failed in the middle leaves dist/cli.js as well. */
export const BUILT = join(ROOT, 'dist', '.complete');

/** Runs a program in the project's root, its output shown; ends this process with its status when it fails. */
export function must(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } });
  if (error !== undefined) fail(`cannot run ${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

/** Runs a program in the project's root, its output shown; gives its status. */
export function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } });
  if (error !== undefined) fail(`cannot run ${command}: ${error.message}`);
  return status ?? 1;
}

export function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** Path of a program that a dependency brings. */
export function bin(name) {
  return join(ROOT, 'node_modules', '.bin', name);
}

export function ensureInstalled() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) fail(`haprov needs Node 20 or later; this is ${process.version}`);
  const marker = join(ROOT, 'node_modules', '.package-lock.json');
  if (existsSync(marker) && statSync(marker).mtimeMs >= statSync(join(ROOT, 'package-lock.json')).mtimeMs) return;
  const modules = lstatSync(join(ROOT, 'node_modules'), { throwIfNoEntry: false });
  if (modules?.isSymbolicLink()) fail('node_modules is a symbolic link, and npm ci would empty what it points to');
  process.stdout.write('Installing dependencies (npm ci)\n');
  must('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

export function ensureBuilt() {
  if (existsSync(BUILT) && statSync(BUILT).mtimeMs >= newest(join(ROOT, 'src'))) return;
  must(process.execPath, ['scripts/build.mjs']);
}

function newest(directory) {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  return Math.max(...files.map((file) => statSync(file).mtimeMs));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  ensureInstalled();
  ensureBuilt();
}
