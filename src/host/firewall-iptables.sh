# shellcheck shell=sh
# rules: one a line, each `iptables CHAIN ARGUMENTS`, or with ip6tables. unit: whether the service that sets haprov's rules runs,
# `running` or `stopped`.

# Rules that are in `before` alone are deleted. All others are set by the service, at the top of their chains, unless the host
# boots: then its own start does so.
firewall_iptables() {
  set -f
  get after_rules || :
  after=$value
  get before_rules || :
  deleted=
  failed=
  while IFS= read -r rule; do
    if [ -n "$rule" ] && ! iptables_lists "$rule"; then
      deleted=1
      # shellcheck disable=SC2086 # A rule is words without blanks in them.
      iptables_delete $rule
    fi
  done <<RULES
$value
RULES
  get after_unit
  if [ "$value" = stopped ]; then
    iptables_stop
  elif [ -z "$deleted" ]; then
    iptables_start
  fi
  [ -z "$failed" ]
}

# iptables_lists RULE: whether it is in `after`.
iptables_lists() {
  case "
$after
" in
    *"
$1
"*) return 0 ;;
  esac
  return 1
}

# iptables_delete COMMAND CHAIN ARGUMENTS: however often the rule is there. Sets $failed where that cannot be done.
iptables_delete() {
  tool=$1
  chain=$2
  shift 2
  case $tool in
    iptables | ip6tables) ;;
    *) fail "'$tool' has no rules" ;;
  esac
  code=0
  "$tool" -w 10 -C "$chain" "$@" 2>/dev/null || code=$?
  case $code in
    0) ;;
    3 | 4)
      printf '%s\n' "$tool does not answer" >&2
      failed=1
      return 0
      ;;
    *) return 0 ;;
  esac
  while "$tool" -w 10 -D "$chain" "$@" 2>/dev/null; do
    :
  done
  if "$tool" -w 10 -C "$chain" "$@" 2>/dev/null; then
    printf '%s\n' "the rule $chain $* is still there" >&2
    failed=1
    return 0
  fi
  say "deleted the rule of $tool: $chain $*"
}

iptables_start() {
  [ -z "${HAPROV_BOOT-}" ] || return 0
  systemctl daemon-reload
  if ! systemctl restart haprov-firewall.service; then
    journalctl -u haprov-firewall.service -n 8 --no-pager -o cat >&2
    exit 1
  fi
}

# So that it sets its rules when it is started. Nothing of this boot runs yet while the host boots.
iptables_stop() {
  [ -z "${HAPROV_BOOT-}" ] || return 0
  case $(systemctl is-active haprov-firewall.service) in
    inactive | failed | unknown) return 0 ;;
  esac
  systemctl stop haprov-firewall.service
  say "stopped haprov-firewall"
}
