import { LabError } from './errors.ts';
import { execIn } from './exec.ts';

/** What a snapshot knows of one path. */
export interface SnapshotEntry {
  /** find(1)'s letter: f file, d directory, l link. */
  readonly type: string;
  /** Octal, as 0640 without the leading zero. */
  readonly mode: string;
  /** Numeric, uid:gid. */
  readonly owner: string;
  /** Bytes; 0 for all but files. */
  readonly size: number;
  /** Seconds since 1970, with the kernel's fraction. */
  readonly mtime: string;
  /** Of a file: its content's sha256. Of a link: where it points. */
  readonly content: string;
}

/** Every path of a host that lasts over a reboot. */
export type Snapshot = ReadonlyMap<string, SnapshotEntry>;

/**
 * What does not last is left out, and what a mere login writes: logs, and sudo's note of whom it has lectured. The programs' and libraries' content is vouched for by size, mtime and mode.
 */
const SCRIPT = `
prune='-path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /var/log -o -path /var/lib/sudo -o -path /var/lib/systemd/timers'
find / -xdev \\( $prune \\) -prune -o -printf '%y\\t%m\\t%U:%G\\t%s\\t%T@\\t%l\\t%p\\0'
printf '\\0'
find /etc /usr/libexec /usr/local /usr/lib/systemd /usr/lib/sysctl.d /var /root /home /opt /srv /boot \\
  -xdev \\( $prune -o -path /var/cache/apt -o -path /var/lib/apt/lists \\) -prune -o -type f -print0 |
  xargs -0 -r sha256sum -z`;

/** Takes a snapshot; two of an untouched host are equal, and `snapshotDifference` of them is empty. */
export async function readSnapshot(host: string, container: string): Promise<Snapshot> {
  const { code, stdout, stderr } = await execIn(container, SCRIPT);
  if (code !== 0) throw new LabError('no snapshot could be taken', { host, evidence: stderr });
  return parseSnapshot(stdout);
}

/** The script's output: entries, an empty one, then the files' hashes; all end in NUL, for names may hold newlines. */
export function parseSnapshot(printed: string): Snapshot {
  const records = printed.split('\0');
  const end = records.indexOf('');
  const hashes = new Map(records.slice(end + 1).map((record) => [record.slice(66), record.slice(0, 64)] as const));
  return new Map(
    records.slice(0, end).map((record) => {
      const [type = '', mode = '', owner = '', size = '', mtime = '', link = '', ...rest] = record.split('\t');
      const path = rest.join('\t');
      const content = type === 'l' ? link : (hashes.get(path) ?? '');
      return [path, { type, mode, owner, size: type === 'f' ? Number(size) : 0, mtime, content }] as const;
    }),
  );
}

/** What differs between two snapshots: `+ path`, `- path`, or `~ path field,field`; sorted by path. */
export function snapshotDifference(before: Snapshot, after: Snapshot): string[] {
  const fields = ['type', 'mode', 'owner', 'size', 'mtime', 'content'] as const;
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths.flatMap((path) => {
    const old = before.get(path);
    const now = after.get(path);
    if (old === undefined) return [`+ ${path}`];
    if (now === undefined) return [`- ${path}`];
    const changed = fields.filter((field) => old[field] !== now[field]);
    return changed.length === 0 ? [] : [`~ ${path} ${changed.join(',')}`];
  });
}
