# shellcheck shell=sh
# firewall backend=X before_KEY=... after_KEY=...: rules that let VRRP through. Each backend has a file firewall-X.sh, which says
# what its keys are. It brings what differs between `before` and `after` from the one to the other, and nothing else.
change_firewall() {
  get backend
  case $value in
    iptables | ufw) firewall_iptables ;;
    firewalld) firewall_firewalld ;;
    *) fail "this haprov does not write the rules of '$value'" ;;
  esac
}
