import { describe, expect, it } from 'vitest';
import { parseSnapshot, snapshotDifference } from '../../../docker/snapshot.ts';

const HASH = 'a'.repeat(64);

function printed(entries: readonly string[], hashes: readonly string[] = []): string {
  return [...entries, '', ...hashes, ''].join('\0');
}

const FILE = 'f\t640\t0:0\t12\t1795.5\t\t/etc/a\nb';

describe('a snapshot', () => {
  it('knows mode, owner, size, mtime and content of a file, whatever its name', () => {
    expect(parseSnapshot(printed([FILE], [`${HASH}  /etc/a\nb`])).get('/etc/a\nb')).toEqual({
      type: 'f',
      mode: '640',
      owner: '0:0',
      size: 12,
      mtime: '1795.5',
      content: HASH,
    });
  });

  it('knows where a link points', () => {
    expect(parseSnapshot(printed(['l\t777\t0:0\t4\t1\t/x/y\t/etc/l'])).get('/etc/l')?.content).toBe('/x/y');
  });

  it('differs from another by each field of each path', () => {
    const before = parseSnapshot(printed([FILE, 'd\t755\t0:0\t4096\t1\t\t/gone'], [`${HASH}  /etc/a\nb`]));
    const after = parseSnapshot(
      printed(['f\t600\t0:0\t12\t1796.5\t\t/etc/a\nb', 'f\t644\t0:0\t0\t1\t\t/new'], [`${'b'.repeat(64)}  /etc/a\nb`]),
    );
    expect(snapshotDifference(before, after)).toEqual(['~ /etc/a\nb mode,mtime,content', '- /gone', '+ /new']);
  });

  it('does not differ from itself', () => {
    const one = parseSnapshot(printed([FILE]));
    expect(snapshotDifference(one, one)).toEqual([]);
  });
});
