import { readFile } from 'node:fs/promises';

/** The program of a relay, compressed by brotli. */
export type RelayProgram = () => Promise<Uint8Array>;

/** Where a build puts it, seen from dist/bundle/ and from dist/transport/relay/. */
const BUILT = ['../relay.br', '../../relay.br'];

/**
 * The relay's program as it was built with haprov. Where haprov runs from its sources, it is made of them. Rejects where
 * it is missing.
 */
export async function relayProgram(): Promise<Uint8Array> {
  if (import.meta.url.endsWith('.ts')) {
    const maker: string = new URL('../../../scripts/relay.mjs', import.meta.url).href;
    const { makeRelay }: { makeRelay: RelayProgram } = await import(maker);
    return makeRelay();
  }
  for (const place of BUILT) {
    const found = await readFile(new URL(place, import.meta.url)).catch(() => undefined);
    if (found !== undefined) return found;
  }
  throw new Error('the relay is missing in this installation of haprov');
}
