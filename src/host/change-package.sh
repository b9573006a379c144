# shellcheck shell=sh
# Packages, by apt, dnf or yum. Installed in any version; none is upgraded. Removed by dpkg and rpm themselves, which take along
# nothing that needs the package.

# Seconds that an installation waits for another one to release its lock.
lock_wait=300

change_package() {
  get names
  names=$value
  get family
  family=$value
  get after
  case $family:$value in
    debian:installed) apt_install ;;
    rhel:installed) dnf_install ;;
    debian:absent) package_remove dpkg --purge ;;
    rhel:absent) package_remove rpm -e ;;
    *) fail "packages of $family are unknown" ;;
  esac
}

package_log() {
  log=$(mktemp)
  trap package_end EXIT
}

package_end() {
  for one in ${masked-}; do
    systemctl --runtime unmask "$one" >/dev/null 2>&1
  done
  rm -f -- "$log"
}

package_fail() {
  tail -n 15 "$log" >&2
  exit 1
}

# apt_install: services in hold=... are masked at run time, in /run, while their packages are unpacked: Debian's packages start
# them, and theirs must not run before their configuration is there. A power cut leaves no mask behind. An interrupted dpkg is
# finished first. Package lists are fetched only when the installation does not work without.
apt_install() {
  export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 APT_LISTCHANGES_FRONTEND=none
  masked=
  package_log
  get hold || :
  for one in $value; do
    systemctl is-active --quiet "$one.service" && continue
    if systemctl --runtime mask "$one.service" >/dev/null 2>&1; then
      masked="$masked $one.service"
    fi
  done
  if [ -n "$(ls -A /var/lib/dpkg/updates 2>/dev/null)" ] || dpkg --audit 2>/dev/null | grep -q .; then
    unlocked apt_configure || package_fail
  fi
  apt_names && return 0
  unlocked apt update || package_fail
  apt_names || package_fail
}

apt_names() {
  # shellcheck disable=SC2086 # Names of packages have no blanks.
  unlocked apt install --no-install-recommends $names
}

apt() {
  apt-get -q -y -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=0 \
    -o APT::Color=0 "$@" </dev/null >"$log" 2>&1
}

apt_configure() {
  dpkg --force-confdef --force-confold --configure -a </dev/null >"$log" 2>&1
}

# unlocked COMMAND: again while another one holds the lock. apt's own wait is silent and covers dpkg's lock alone, not that of
# the package lists; dpkg itself does not wait.
unlocked() {
  waited=0
  until "$@"; do
    grep -qE 'Could not get lock|lock was locked' "$log" || return 1
    if [ "$waited" -ge "$lock_wait" ]; then
      say "the package manager's lock was held for $lock_wait s" >>"$log"
      return 1
    fi
    say "waiting for the package manager's lock: $(grep -m1 -oE '(held by|another) process.*' "$log")"
    sleep 3
    waited=$((waited + 3))
  done
}

# dnf_install: yum where dnf is missing. Packages of this family do not start services; both wait for their lock themselves.
dnf_install() {
  package_log
  tool=dnf
  command -v dnf >/dev/null || tool=yum
  command -v "$tool" >/dev/null || fail "neither dnf nor yum is there"
  seconds=$((lock_wait + 600))
  code=0
  # shellcheck disable=SC2086 # Names of packages have no blanks.
  timeout "$seconds" "$tool" -y -q --setopt=install_weak_deps=False install $names </dev/null >"$log" 2>&1 || code=$?
  [ "$code" -ne 0 ] || return 0
  [ "$code" -ne 124 ] || say "$tool did not end within $seconds s; is its lock held?" >>"$log"
  package_fail
}

# package_remove COMMAND: the packages go, with their configuration.
package_remove() {
  export DEBIAN_FRONTEND=noninteractive
  package_log
  waited=0
  # shellcheck disable=SC2086 # Names of packages have no blanks.
  until "$@" $names </dev/null >"$log" 2>&1; do
    grep -q lock "$log" || package_fail
    [ "$waited" -lt 100 ] || package_fail
    say "waiting for the package manager's lock"
    sleep 3
    waited=$((waited + 1))
  done
}
