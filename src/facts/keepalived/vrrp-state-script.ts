/**
 * Asks keepalived for its state by SIGUSR1 to its main process, which passes it on to the child that does VRRP; that
 * one writes keepalived.data. SIGUSR1 and the text form are in every keepalived from 2.0.19 to 2.4 with the same words
 * (keepalived/vrrp/vrrp_data.c); the JSON form is missing from the builds of EL8 and of Fedora.
 *
 * Care is taken that
 * - the signal is sent to none that would die of it: one that has just been started does not expect it yet;
 * - an old file is never taken for the answer: it is removed first, whoever owns it;
 * - nothing is read but root's own plain file: /tmp is everybody's;
 * - a file is taken only once it is whole, since it is written bit by bit: the interfaces come last;
 * - only the lines that are needed leave the host, as the file has passwords in it, and that it does not stay there;
 * - those who ask at the same time wait for each other.
 *
 * It prints the line `pid … age … now …`, or `none`, and leaves the dump's path in $file to the lines that follow it.
 */
export const VRRP_DUMP_SCRIPT = `umask 077
unit_pid() { systemctl show -p MainPID --value keepalived.service; }
none() { echo none; exit 0; }
fail() { echo "$1" >&2; exit 1; }
pid=$(unit_pid) || exit 1
[ "\${pid:-0}" != 0 ] || none
command -v flock >/dev/null || fail 'flock is not installed (package util-linux)'
exec 8>>/run/haprov-vrrp-state.lock
flock -w 10 8 || fail 'somebody else has been asking keepalived for 10 s'
# It may have been started anew meanwhile.
pid=$(unit_pid) || exit 1
[ "\${pid:-0}" != 0 ] || none
proc=/proc/$pid

# Whether a process waits for SIGUSR1, blocked for its signalfd or caught: bit 9 of the masks.
expects() {
  masks=$(sed -n 's/^Sig[BC][lg][kt]:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null)
  for mask in $masks; do
    case $mask in *[2367abef]??) return 0 ;; esac
  done
  return 1
}
words() { tr '\\0' ' ' <"/proc/$1/cmdline" 2>/dev/null; }
ready() {
  expects "$pid" || return 1
  [ -e "$proc/task/$pid/children" ] || return 0
  children=$(cat "$proc/task/$pid/children") || return 1
  # keepalived adopts what its scripts leave running, too: its own have its command line.
  own=
  for child in $children; do
    if expects "$child"; then own=yes; continue; fi
    [ "$(words "$child")" != "$(words "$pid")" ] || return 1
  done
  [ -n "$own" ]
}
i=0
until ready; do
  [ -d "$proc" ] || none
  i=$((i + 1)); [ "$i" -le 100 ] || fail 'keepalived has been starting for 2 s'
  sleep 0.02
done

# Through /proc, since a unit with PrivateTmp has a /tmp of its own. From 2.2.5 on TMPDIR counts, from 2.3.3 on a keyword.
own=$(tr '\\0' '\\n' <"$proc/environ" | sed -n 's/^TMPDIR=\\(\\/.*\\)/\\1/p' | head -n 1)
named=$(sed -n 's/^[[:space:]]*state_dump_file[[:space:]][[:space:]]*"*\\([^"[:space:]]*\\).*/\\1/p' /etc/keepalived/keepalived.conf 2>/dev/null | head -n 1)
case $named in *?.*) stem=\${named%.*} end=.\${named##*.} ;; *) stem=$named end= ;; esac
case $named in
  */) stem=\${named}keepalived end=.data ;;
  '') stem=keepalived end=.data ;;
esac
names() { # PART
  for directory in /tmp "$own"; do
    [ -z "$directory" ] || echo "$proc/root$directory/keepalived$1.data"
    case $stem in /* | keepalived) ;; *) [ -z "$directory" ] || echo "$proc/root$directory/$stem$1$end" ;; esac
  done
  case $stem in /*) echo "$proc/root$stem$1$end" ;; esac
}
each() { names "$1" | while IFS= read -r file; do "$2" "$file" && break; done; }
drop() { rm -f "$1"; false; }
# All processes of keepalived write one.
forget() { for part in '' _parent _check _bfd; do each "$part" drop; done; }
whole() { [ -f "$1" ] && [ ! -L "$1" ] && [ -O "$1" ] && grep -q '^------< Interfaces >' "$1" && echo "$1"; }

each '' drop
trap forget EXIT
trap 'exit 1' HUP INT TERM
kill -s USR1 "$pid" 2>/dev/null || none
i=0
until file=$(each '' whole) && [ -n "$file" ]; do
  [ -d "$proc" ] || none
  i=$((i + 1)); [ "$i" -le 150 ] || fail 'keepalived did not write its state within 3 s'
  sleep 0.02
done
# In hundredths of a second since boot, as field 22 of stat is; the name in field 2 may have blanks.
read -r stat <"$proc/stat" || none
set -- \${stat##*) }
started=$(shift 19; echo "$1")
read -r up _ </proc/uptime
echo "pid $pid age $((\${up%.*}\${up#*.} - started)) now $(date +%s.%N)"`;

/** The same, and of the dump what tells how each instance and each check stands. */
export const VRRP_STATE_SCRIPT = `${VRRP_DUMP_SCRIPT}
sed -n -e '/^------</p' -e '/^ VRRP [A-Z][a-z]* = /p' \\
  -e '/^   State = /p' -e '/^   Wantstate = /p' -e '/^   Effective priority = /p' -e '/^   Last transition = /p' \\
  -e '/^   [A-Z][A-Za-z0-9 ()]*:$/p' -e '/^     [0-9a-f][0-9a-f:]*[.:]/p' \\
  -e '/^   Number of track scripts init = /p' -e '/^   Init state = /p' -e '/^   Status = /p' \\
  -e '/^   Master router = /p' -e '/^   Master priority = /p' -e '/^   Read timeout = /p' "$file"`;
