import { quote } from '../../transport/quote.ts';
import type { Subject } from '../reader/subject.ts';

/** What keepalived's own test says of a file. */
export interface ConfigTestFact {
  readonly code: number;
  /** Its first lines; empty where it has nothing to say. */
  readonly output: string;
}

/**
 * `keepalived --config-test` of files; null where there is no keepalived or no such file. It writes no pid file and
 * touches no address, so it is safe beside a running one. Keys: absolute paths.
 */
export const configTestSubject: Subject<string, ConfigTestFact | null> = {
  name: 'keepalived test',
  script: (paths) => `for f in ${paths.map(quote).join(' ')}; do
if command -v keepalived >/dev/null && [ -s "$f" ]; then
out=$(timeout 30 keepalived --config-test -f "$f" 2>&1 </dev/null); code=$?
printf '%s ' "$code"; printf '%s' "$out" | head -c 4000 | base64 | tr -d '\\n'
else printf -- -; fi
echo
done`,
  parse: (output, paths) => {
    const lines = output.split('\n');
    return paths.map((_, index) => {
      const [code = '-', text = ''] = (lines[index] ?? '-').split(' ');
      if (code === '-') return null;
      return { code: Number(code), output: Buffer.from(text, 'base64').toString('utf8').trim() };
    });
  },
};
