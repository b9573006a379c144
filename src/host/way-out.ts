/** A cause that hosts tell in words of the system's own, and what an administrator does about it. */
interface WayOut {
  readonly says: RegExp;
  readonly fix: (host: string) => string;
}

/** The first one that fits counts. */
const WAYS: readonly WayOut[] = [
  {
    says: /No space left on device|Disk quota exceeded|there is no room/,
    fix: (host) =>
      `On ${host}: df -h /var/lib/haprov /etc /tmp; df -i /var/lib/haprov. Free some room, then run again.`,
  },
  {
    says: /Read-only file system/,
    fix: (host) =>
      `On ${host}: findmnt -no OPTIONS --target PATH, for the path above. Mount it writable (mount -o remount,rw), then run again.`,
  },
  {
    says: /is not root/,
    fix: () => 'Write become: true, so that haprov uses sudo, or log in as root: ssh: { user: root }.',
  },
  {
    says: /dpkg was interrupted|dpkg --configure -a|half-configured|not fully installed/,
    fix: (host) => `On ${host}: dpkg --audit; dpkg --configure -a. Then run again.`,
  },
  {
    says: /Unable to locate package|Unable to find a match|No package .* available/,
    fix: (host) => `On ${host}: the package sources do not have it. Enable the repository, then run again.`,
  },
  {
    says: /Cannot allocate memory|Resource temporarily unavailable|Too many open files/,
    fix: (host) => `On ${host}: free -m; ulimit -a; systemctl status. It is short of memory, processes or open files.`,
  },
];

/** What to do about a failure, by what the host said; undefined where that says nothing that is known. */
export function wayOut(said: string, host: string): string | undefined {
  return WAYS.find(({ says }) => says.test(said))?.fix(host);
}
