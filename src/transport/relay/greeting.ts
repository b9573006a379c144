import type { Readable } from 'node:stream';

/** What became of the start of a relay. */
export type Greeting =
  | { readonly kind: 'ready'; readonly rest: Buffer }
  | { readonly kind: 'no-node' }
  | { readonly kind: 'old-node'; readonly version: string }
  | { readonly kind: 'ended' };

/** What a login shell may say before the relay; more is no login shell's word. */
const NOISE = 1024 * 1024;

/** Waits for the word of a relay that was started with `mark`, past whatever the login shell says before. */
export function awaitGreeting(output: Readable, mark: string): Promise<Greeting> {
  return new Promise((resolve) => {
    let said = Buffer.alloc(0);
    const end = (greeting: Greeting): void => {
      output.off('data', look).off('end', ended).off('close', ended);
      resolve(greeting);
    };
    const ended = (): void => end({ kind: 'ended' });
    const look = (bytes: Buffer): void => {
      said = Buffer.concat([said, bytes]);
      const at = said.indexOf(`${mark}-`);
      const newline = at < 0 ? -1 : said.indexOf(10, at);
      if (newline < 0) {
        if (said.length > NOISE) ended();
        return;
      }
      const [word, version = ''] = said
        .toString('latin1', at + mark.length + 1, newline)
        .trim()
        .split(' ');
      if (word === 'ready') {
        output.pause();
        end({ kind: 'ready', rest: said.subarray(newline + 1) });
      } else end(word === 'old' ? { kind: 'old-node', version } : { kind: 'no-node' });
    };
    output.on('data', look).on('end', ended).on('close', ended);
  });
}
