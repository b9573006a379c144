import type { Subject } from '../reader/subject.ts';

/**
 * Files that are haprov's by their names, where names are not known beforehand: scripts of the user's own that it
 * uploaded, the log of haprov-notify, unit settings. Key: always `own`.
 */
export const ownFilesSubject: Subject<'own', readonly string[]> = {
  name: 'files of haprov',
  script: () =>
    `for f in /usr/libexec/keepalived/haprov-* /etc/keepalived/haprov-message-* /var/log/haprov-notify.log* /etc/systemd/system/*.service.d/haprov.conf; do
  if [ -e "$f" ] || [ -L "$f" ]; then echo "$f"; fi
done`,
  parse: (output) => [output.split('\n').filter((line) => line.startsWith('/'))],
};
