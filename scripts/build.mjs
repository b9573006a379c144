// npm run build: dist/ for those who import haprov (one file a module, with types), and dist/bundle/ for the command:
// the same in few files, since loading some 450 took a third of a second of each start. dist/cli.js is the entry;
// dist/relay.br is what --from runs on a jump host.
import { chmodSync, copyFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUILT, bin, must, ROOT } from './install.mjs';

// What CommonJS dependencies expect to find in a module.
export const BANNER = [
  "import{createRequire as r_}from'node:module'",
  "import{fileURLToPath as f_}from'node:url'",
  'const require=r_(import.meta.url),__filename=f_(import.meta.url)',
  "const __dirname=f_(new URL('.',import.meta.url))",
].join(';');

export function build() {
  rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
  must(bin('tsc'), ['-p', 'tsconfig.build.json']);
  const options = [
    '--bundle',
    '--platform=node',
    '--target=node20',
    '--format=esm',
    '--splitting',
    '--log-level=warning',
  ];
  // ssh2's native add-ons are optional, and not shipped.
  const addOns = ['--external:cpu-features', '--loader:.node=empty'];
  must(bin('esbuild'), ['dist/cli.js', ...options, '--outdir=dist/bundle', ...addOns, `--banner:js=${BANNER};`]);
  const entry = join(ROOT, 'dist', 'cli.js');
  writeFileSync(entry, "#!/usr/bin/env node\nimport './bundle/cli.js';\n");
  chmodSync(entry, 0o755);
  must(process.execPath, ['scripts/relay.mjs']);
  // Beside what reads it: src/host/program.ts, by itself and in the bundle.
  for (const name of readdirSync(join(ROOT, 'src/host')).filter((file) => file.endsWith('.sh'))) {
    for (const place of ['host', 'bundle']) copyFileSync(join(ROOT, 'src/host', name), join(ROOT, 'dist', place, name));
  }
  writeFileSync(BUILT, '');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build();
