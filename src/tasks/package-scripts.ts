import { quote } from '../transport/quote.ts';

/** Seconds that an installation waits for another one to release its lock. */
const LOCK_WAIT = 300;

/**
 * apt. Services in `hold` are masked at run time, in /run, while their packages are unpacked: Debian's packages start
 * them, and theirs must not run before their configuration stands. A power cut leaves no mask behind. An interrupted
 * dpkg is finished first. Package lists are fetched only when the installation does not work without.
 */
export function aptInstallScript(packages: readonly string[], hold: readonly string[]): string {
  const list = packages.map(quote).join(' ');
  const units = hold.map((name) => quote(`${name}.service`)).join(' ');
  return `set -u
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 APT_LISTCHANGES_FRONTEND=none
log=$(mktemp) || exit 1
masked=
cleanup() { [ -z "$masked" ] || systemctl --runtime unmask $masked >/dev/null 2>&1; rm -f "$log"; }
trap cleanup EXIT
for unit in ${units}; do
  if ! systemctl is-active --quiet "$unit"; then systemctl --runtime mask "$unit" >/dev/null 2>&1 && masked="$masked $unit"; fi
done
apt() { apt-get -q -y -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=0 -o APT::Color=0 "$@" </dev/null >"$log" 2>&1; }
configure() { dpkg --force-confdef --force-confold --configure -a </dev/null >"$log" 2>&1; }
# apt's own wait is silent and covers dpkg's lock alone, not that of the package lists; dpkg itself does not wait.
unlocked() {
  waited=0
  until "$@"; do
    grep -qE 'Could not get lock|lock was locked' "$log" || return 1
    [ "$waited" -lt ${LOCK_WAIT} ] || { echo "the package manager's lock was held for ${LOCK_WAIT} s" >>"$log"; return 1; }
    echo "waiting for the package manager's lock: $(grep -m1 -oE '(held by|another) process.*' "$log")"
    sleep 3; waited=$((waited + 3))
  done
}
if [ -n "$(ls -A /var/lib/dpkg/updates 2>/dev/null)" ] || dpkg --audit 2>/dev/null | grep -q .; then
  unlocked configure || { tail -n 15 "$log" >&2; exit 1; }
fi
install() { unlocked apt install --no-install-recommends ${list}; }
install || { unlocked apt update && install; } || { tail -n 15 "$log" >&2; exit 1; }`;
}

/** dnf, or yum where dnf is missing. Packages of this family do not start services; both wait for their lock by themselves. */
export function dnfInstallScript(packages: readonly string[]): string {
  const list = packages.map(quote).join(' ');
  return `set -u
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
tool=dnf; command -v dnf >/dev/null || tool=yum
command -v "$tool" >/dev/null || { echo "neither dnf nor yum is there" >&2; exit 1; }
timeout ${LOCK_WAIT + 600} "$tool" -y -q --setopt=install_weak_deps=False install ${list} </dev/null >"$log" 2>&1 || {
  code=$?
  [ "$code" -ne 124 ] || echo "$tool did not end within ${LOCK_WAIT + 600} s; is its lock held?" >>"$log"
  tail -n 15 "$log" >&2; exit 1
}`;
}
