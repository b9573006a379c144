// npm run bundle: the whole command as one file, dist/haprov.mjs, which runs alone wherever there is Node. What haprov
// reads from its package (playbooks and their files, the host program, the relay of --from, its version) is in it. An argument names
// another place for it.
import { chmodSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { BANNER } from './build.mjs';
import { fail, ROOT } from './install.mjs';
import { makeRelay } from './relay.mjs';

/** Where the files in it seem to be; no such path exists. */
const EMBEDDED = '/haprov:embedded';

/** What sources say of where their files are, and what stands there instead in the one file. */
const PLACES = {
  'src/plan/bind-playbooks.ts': [
    "new URL('../../playbooks/default.yaml', import.meta.url)",
    `new URL('file://${EMBEDDED}/playbooks/default.yaml')`,
  ],
  'src/host/program.ts': ["new URL('./', import.meta.url)", `new URL('file://${EMBEDDED}/src/host/')`],
  'src/commands/version.ts': [
    "new URL('../../package.json', import.meta.url)",
    `new URL('file://${EMBEDDED}/package.json')`,
  ],
  'src/transport/relay/program.ts': ["['../relay.br', '../../relay.br']", `['file://${EMBEDDED}/relay.br']`],
};

async function bundle(outfile) {
  const { name, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const files = new Map([
    ['package.json', Buffer.from(JSON.stringify({ name, version }))],
    ['relay.br', Buffer.from(await makeRelay())],
    ...filesBelow('playbooks'),
    ...filesBelow('src/host').filter(([path]) => path.endsWith('.sh')),
  ]);
  mkdirSync(dirname(outfile), { recursive: true });
  await build({
    entryPoints: [join(ROOT, 'src/cli.ts')],
    bundle: true,
    // Names stay: those of the banner must not be taken.
    minifySyntax: true,
    minifyWhitespace: true,
    outfile,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'warning',
    // ssh2's native add-ons are optional, and not shipped.
    external: ['cpu-features'],
    loader: { '.node': 'empty' },
    banner: { js: `${BANNER};` },
    plugins: [embed(files)],
  });
  chmodSync(outfile, 0o755);
}

function filesBelow(directory) {
  const entries = readdirSync(join(ROOT, directory), { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  return paths.map((path) => [relative(ROOT, path), readFileSync(path)]);
}

/** Lets the sources that read files of the package find them in the bundle. */
function embed(files) {
  return {
    name: 'embed',
    setup({ onLoad, onResolve }) {
      for (const [path, [said, instead]] of Object.entries(PLACES)) {
        const source = join(ROOT, path);
        onLoad({ filter: new RegExp(`${path.replaceAll('.', '\\.')}$`) }, () => {
          const text = readFileSync(source, 'utf8');
          if (!text.includes(said)) fail(`${path} does not say ${said} any more: scripts/bundle.mjs has to follow`);
          return { contents: text.replace(said, instead), loader: 'ts' };
        });
      }
      onResolve({ filter: /^node:fs(\/promises)?$/ }, ({ importer }) => {
        const path = relative(ROOT, importer);
        const reads = path in PLACES || path.startsWith('src/playbook/');
        return reads ? { path: 'files', namespace: 'embedded' } : undefined;
      });
      onLoad({ filter: /.*/, namespace: 'embedded' }, () => ({
        contents: reader(files),
        loader: 'js',
        resolveDir: ROOT,
      }));
    },
  };
}

/** A module that reads the embedded files, and all others as ever. */
function reader(files) {
  const table = [...files].map(([path, bytes]) => [`${EMBEDDED}/${path}`, bytes.toString('base64')]);
  return `
    import * as sync from 'node:fs';
    import * as later from 'node:fs/promises';
    import { fileURLToPath } from 'node:url';
    const files = new Map(${JSON.stringify(table)});
    const nameOf = (path) => (path instanceof URL ? fileURLToPath(path) : path);
    const find = (path, encoding) => {
      const text = files.get(nameOf(path));
      if (text === undefined) return undefined;
      const bytes = Buffer.from(text, 'base64');
      return encoding === undefined ? bytes : bytes.toString(encoding);
    };
    export const readFileSync = (path, encoding) => find(path, encoding) ?? sync.readFileSync(path, encoding);
    export const readFile = async (path, encoding) => find(path, encoding) ?? later.readFile(path, encoding);
    const info = (path) => {
      const bytes = find(path);
      return bytes === undefined ? undefined : { isFile: () => true, size: bytes.length };
    };
    export const statSync = (path) => info(path) ?? sync.statSync(path);
    export const stat = async (path) => info(path) ?? later.stat(path);
    export const realpathSync = (path) =>
      [...files.keys()].some((file) => file === path || file.startsWith(path + '/')) ? path : sync.realpathSync(path);
  `;
}

await bundle(resolve(process.argv[2] ?? join(ROOT, 'dist', 'haprov.mjs')));
