# shellcheck shell=sh
# zone: its name. port: what is let in, as 80/tcp; without it protocol vrrp. runtime, permanent: whether it is, `yes` or `no`.

# firewall-cmd needs the running daemon. Without it (while the host boots) there is no runtime state, and the files are changed
# offline. Never by --reload, which would drop the rules that others hold at run time only.
firewall_firewalld() {
  get after_zone
  zone=$value
  thing=protocol
  entry=vrrp
  name=VRRP
  if get after_port; then
    thing=port
    entry=$value
    name=$value
  fi
  if ! command -v firewall-cmd >/dev/null; then
    [ -n "${reverting-}" ] || fail "firewalld is not installed on this host"
    return 0
  fi
  if timeout 20 firewall-cmd --state >/dev/null 2>&1; then
    firewalld_bring runtime firewall-cmd
    firewalld_bring permanent firewall-cmd --permanent
  else
    firewalld_bring permanent firewall-offline-cmd
  fi
}

# firewalld_bring KEY COMMAND ...: where `before` and `after` have different values of the key.
firewalld_bring() {
  get "before_$1"
  before=$value
  get "after_$1"
  shift
  [ "$value" != "$before" ] || return 0
  there=no
  if "$@" --zone="$zone" --query-$thing="$entry" >/dev/null 2>&1; then
    there=yes
  fi
  [ "$there" != "$value" ] || return 0
  if [ "$value" = yes ]; then
    "$@" --zone="$zone" --add-$thing="$entry" >/dev/null
    return
  fi
  "$@" --zone="$zone" --remove-$thing="$entry" >/dev/null
  say "took $name out of zone $zone"
}
