import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configFilesSubject } from '../../../src/facts/keepalived/config-files.ts';
import { askHere, SHELLS } from './support.ts';

describe.each(SHELLS)('a keepalived.conf with its includes, through %s', (...shell) => {
  let dir: string;
  const at = (name: string): string => join(dir, name);

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'haprov-sources-'));
    mkdirSync(at('conf.d'));
    writeFileSync(at('keepalived.conf'), 'global_defs {\n}\n  include conf.d/*.conf # all\n@lb1 include gone.conf\n');
    writeFileSync(at('conf.d/10 a.conf'), 'vrrp_instance A {\n}\ninclude "../more.conf"\n');
    writeFileSync(at('conf.d/20.conf'), 'include ../keepalived.conf\n$X=`touch never`\n');
    writeFileSync(at('more.conf'), 'vrrp_instance B {\n}\n');
    symlinkSync('20.conf', at('conf.d/30.conf'));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  it('is read whole: patterns, names with blanks, one within another, and none twice in a circle', () => {
    const [sources] = askHere(configFilesSubject, [at('keepalived.conf')], shell);
    expect(sources?.root).toBe(at('keepalived.conf'));
    expect([...(sources?.files.keys() ?? [])].map((path) => path.replace(`${dir}/`, ''))).toEqual([
      'keepalived.conf',
      'conf.d/10 a.conf',
      'more.conf',
      'conf.d/20.conf',
      'conf.d/30.conf',
    ]);
    expect(sources?.includes[0]).toEqual({
      file: at('keepalived.conf'),
      line: 3,
      paths: ['conf.d/10 a.conf', 'conf.d/20.conf', 'conf.d/30.conf'].map(at),
    });
    expect(sources?.includes.find(({ line }) => line === 4)?.paths).toEqual([]);
    expect(sources?.files.get(at('more.conf'))).toBe('vrrp_instance B {\n}\n');
  });

  it('is null where there is none', () => {
    expect(askHere(configFilesSubject, [at('absent.conf')], shell)).toEqual([null]);
  });
});
