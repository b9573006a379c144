// npm run check:shell: shellcheck, at its default severity, over what runs as sh on hosts. The parts of the host program are
// checked as the one text that they make, and complaints name the file. Brings shellcheck where it is missing, as root.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, ROOT } from './install.mjs';

const HOST = 'src/host';
const FILES = 'playbooks/files';

if (spawnSync('shellcheck', ['--version']).error !== undefined) install();
const order = /PARTS = \[([^\]]*)\]/.exec(readFileSync(join(ROOT, HOST, 'program.ts'), 'utf8'))?.[1] ?? '';
const parts = [...order.matchAll(/'([^']+)'/g)].map(([, name]) => `${HOST}/${name}.sh`);
const others = [HOST, FILES].flatMap((directory) =>
  readdirSync(join(ROOT, directory))
    .filter((name) => name.endsWith('.sh'))
    .map((name) => `${directory}/${name}`),
);
const alone = others.filter((path) => !parts.includes(path));
const complaints = [check(parts), ...alone.map((path) => check([path]))].flat();
process.stdout.write(complaints.map((line) => `${line}\n`).join(''));
if (complaints.length > 0) fail(`${complaints.length} complaints of shellcheck`);

/** What shellcheck has to say of these files as one text: FILE:LINE:COLUMN: message. */
function check(paths) {
  const texts = paths.map((path) => readFileSync(join(ROOT, path), 'utf8'));
  const { status, stdout, stderr } = spawnSync('shellcheck', ['--norc', '-s', 'sh', '-f', 'gcc', '-'], {
    input: texts.join('\n'),
    encoding: 'utf8',
  });
  if (status !== 0 && status !== 1) fail(stderr);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, number, rest] = /^-:(\d+):(.*)$/.exec(line) ?? [undefined, '1', line];
      let left = Number(number);
      let at = 0;
      // One more for the line break that joins two texts.
      for (; left > linesOf(texts[at]) && at < texts.length - 1; at++) left -= linesOf(texts[at]);
      return `${paths[at]}:${left}:${rest}`;
    });
}

function linesOf(text) {
  return text.split('\n').length;
}

function install() {
  if (process.getuid() !== 0) fail('check:shell needs shellcheck, and only root can install it');
  const options = ['-o', 'DPkg::Lock::Timeout=120'];
  const apt = (...args) => spawnSync('apt-get', [...options, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  apt('update', '-q');
  if (apt('install', '-yq', '--no-install-recommends', 'shellcheck').status !== 0)
    fail('shellcheck could not be installed');
}
