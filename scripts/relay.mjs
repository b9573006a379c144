// Makes the program that --from runs on a jump host: one file, compressed. As a script, writes it to dist/relay.br.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The relay, compressed by brotli. */
export async function makeRelay() {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, 'src/transport/relay/relay-process.ts')],
    bundle: true,
    minify: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'warning',
    // ssh2's native add-ons are optional, and not shipped.
    external: ['cpu-features'],
    loader: { '.node': 'empty' },
  });
  const [program] = outputFiles;
  if (program === undefined) throw new Error('no relay was made');
  return brotliCompressSync(program.contents, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  writeFileSync(join(ROOT, 'dist', 'relay.br'), await makeRelay());
}
