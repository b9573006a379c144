import type { Subject } from '../reader/subject.ts';

export interface SelinuxFact {
  readonly mode: 'enforcing' | 'permissive' | 'off';
  /** Denials that name keepalived or its scripts, of the last hour, newest last; as the kernel words them. */
  readonly denials: readonly string[];
}

/** Where auditd does not run, the kernel's denials are in the journal. */
const AUDIT_LOG = '/var/log/audit/audit.log';

/** SELinux and what it refused to keepalived. Key: always `selinux`. */
export const selinuxSubject: Subject<'selinux', SelinuxFact> = {
  name: 'SELinux',
  script: () => `mode=off
if [ -r /sys/fs/selinux/enforce ]; then
  if [ "$(cat /sys/fs/selinux/enforce)" = 1 ]; then mode=enforcing; else mode=permissive; fi
elif command -v getenforce >/dev/null; then
  case $(getenforce 2>/dev/null) in Enforcing) mode=enforcing ;; Permissive) mode=permissive ;; esac
fi
echo $mode
[ $mode != off ] || exit 0
from=$(($(date +%s) - 3600))
{ if [ -r ${AUDIT_LOG} ]; then tail -c 2000000 ${AUDIT_LOG}; fi
  journalctl --since "@$from" -o cat --no-pager _TRANSPORT=audit + _TRANSPORT=kernel 2>/dev/null | sed 's/^AVC /type=AVC /'
} | grep -a 'avc: *denied' | grep -aE 'keepalived(_[a-z_]*)?_t|comm="(keepalived|haprov-|check_)' |
  awk -v from="$from" 'match($0, /audit\\([0-9]+/) { if (substr($0, RSTART + 6, RLENGTH - 6) + 0 >= from && !seen[$0]++) print }' |
  tail -n 20
:`,
  parse: (output) => {
    const [mode = '', ...lines] = output.split('\n');
    if (mode !== 'enforcing' && mode !== 'permissive' && mode !== 'off') throw new Error(`no mode: ${mode}`);
    return [{ mode, denials: lines.filter((line) => line.trim() !== '') }];
  },
};
