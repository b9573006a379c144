import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { keptPath, sha256 } from '../../../src/changes/backup.ts';
import { keptSubject } from '../../../src/facts/state/kept.ts';
import { STATE_DIRECTORY } from '../../../src/facts/state/state-directory.ts';
import { SHELLS, Workshop } from '../tasks/support.ts';

describe.each(SHELLS)('kept versions, through %s,', (...shell) => {
  it('are told of each path, those that haprov wrote apart from others', () => {
    const shop = new Workshop();
    try {
      const local = (text: string): string => text.replaceAll(STATE_DIRECTORY, shop.path('state'));
      mkdirSync(shop.path('state/backup'), { recursive: true });
      const [own, other] = ['#!/bin/sh\n# Written by haprov: x\n', 'mine\n'];
      writeFileSync(local(keptPath("/a b's", sha256(own))), own, { mode: 0o600 });
      writeFileSync(local(keptPath("/a b's", sha256(other))), other, { mode: 0o644 });
      writeFileSync(local(keptPath("/a b's", 'of-package')), other);
      writeFileSync(local(`${keptPath("/a b's", sha256(other))}.part`), 'half');
      const paths = ['/none', "/a b's"];
      const { code, stdout, stderr } = shop.run(shell, local(keptSubject.script(paths)));
      expect([code, stderr]).toEqual([0, '']);
      const [none, both] = keptSubject.parse(stdout, paths);
      expect(none).toEqual([]);
      expect(both?.toSorted((a, b) => a.mode.localeCompare(b.mode))).toEqual([
        { sha256: sha256(own), mode: '0600', owner: 'root', group: 'root', own: true },
        { sha256: sha256(other), mode: '0644', owner: 'root', group: 'root', own: false },
      ]);
    } finally {
      shop.remove();
    }
  });
});
