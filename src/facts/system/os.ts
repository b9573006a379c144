import type { Subject } from '../reader/subject.ts';

export interface OsFact {
  readonly family: 'debian' | 'rhel' | 'other';
  /** ID of os-release: debian, ubuntu, rocky … */
  readonly id: string;
  /** VERSION_ID of os-release; empty where it has none (Debian testing). */
  readonly version: string;
  /** PRETTY_NAME of os-release. */
  readonly name: string;
}

/** Sets ID and ID_LIKE; for scripts that must know the family on the host itself. */
export const READ_OS_RELEASE = 'ID=; ID_LIKE=; [ ! -r /etc/os-release ] || . /etc/os-release';

/** Glob of `case " $ID $ID_LIKE " in` for hosts whose packages are dpkg's. */
export const DEBIAN_CASE = '*" debian "*|*" ubuntu "*';

/** The same for hosts whose packages are rpm's. */
export const RHEL_CASE = '*" rhel "*|*" fedora "*|*" centos "*|*" rocky "*|*" almalinux "*|*" ol "*|*" amzn "*';

/** The operating system, from /etc/os-release (os-release(5)). Key: always `os`. */
export const osSubject: Subject<'os', OsFact> = {
  name: 'operating system',
  script: () => `${READ_OS_RELEASE}\nprintf '%s\\n' "$ID" "\${ID_LIKE-}" "\${VERSION_ID-}" "\${PRETTY_NAME-}"`,
  parse: (output) => {
    const [id = '', like = '', version = '', name = ''] = output.split('\n');
    return [{ family: familyOf([id, ...like.split(/\s+/)]), id, version, name }];
  },
};

function familyOf(names: readonly string[]): OsFact['family'] {
  if (names.some((name) => ['rhel', 'fedora', 'centos', 'rocky', 'almalinux', 'ol', 'amzn'].includes(name)))
    return 'rhel';
  if (names.some((name) => ['debian', 'ubuntu'].includes(name))) return 'debian';
  return 'other';
}
