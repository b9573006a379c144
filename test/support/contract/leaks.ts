import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Command lines and environments of the processes that carry a connection, and their files, as one text. */
export function allThatCanBeRead(): string {
  const read = (path: string): string => {
    try {
      return readFileSync(path, 'latin1');
    } catch {
      return '';
    }
  };
  const list = (path: string): string[] => (existsSync(path) ? readdirSync(path) : []);
  const processes = list('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => ({ pid, line: read(`/proc/${pid}/cmdline`) }))
    .filter(({ line }) => line.startsWith('ssh\0') || line.includes('haprov-ssh-'))
    .map(({ pid, line }) => `${line}${read(`/proc/${pid}/environ`)}`);
  const files = ['/tmp', process.env['XDG_RUNTIME_DIR'] ?? '/nonexistent']
    .flatMap((base) => list(base).map((name) => join(base, name)))
    .filter((path) => path.includes('/haprov-ssh-'))
    .flatMap((path) => list(path).map((name) => join(path, name)))
    .filter((file) => /\.(log|ask|keys)$/.test(file))
    .map(read);
  return [...processes, ...files].join('\n');
}
