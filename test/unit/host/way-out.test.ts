import { expect, it } from 'vitest';
import { wayOut } from '../../../src/host/way-out.ts';

it.each([
  ['cat: write error: No space left on device', 'df -h'],
  ["mkdir: cannot create directory '/usr/libexec/keepalived': Read-only file system", 'remount,rw'],
  ['deploy is not root, and become is false', 'become: true'],
  ["E: dpkg was interrupted, you must manually run 'dpkg --configure -a'", 'dpkg --configure -a'],
  ['E: Unable to locate package keepalived', 'repository'],
  ['sh: 1: Cannot fork: Resource temporarily unavailable', 'free -m'],
])('names what to do about %s', (said, fix) => {
  expect(wayOut(said, 'lb1')).toContain(fix);
});

it('says nothing about what it does not know', () => {
  expect(wayOut('it went wrong', 'lb1')).toBeUndefined();
});
