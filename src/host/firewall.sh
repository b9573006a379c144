# shellcheck shell=sh
# `fw_save DIR` keeps the host's firewall, live and on disk, in a directory; `fw_restore DIR NOW` brings back what differs
# from that, and touches nothing else; NOW is a directory to work in. Live rules are kept by table: as iptables sees them
# where it can, as nft prints them otherwise, and as firewalld's zones where it runs, whose own tables only tell whether
# anything changed. Counters and comments do not count. At boot (HAPROV_BOOT) only files are put back, since the services
# that load them have not started.

fw_root=$root
# Where rules lie that are loaded at boot; relative to the root.
fw_files='etc/firewalld etc/iptables etc/ufw etc/default/ufw etc/nftables etc/nftables.conf'
fw_files="$fw_files etc/sysconfig/iptables etc/sysconfig/ip6tables etc/sysconfig/nftables.conf"

fw_has() {
  command -v "$1" >/dev/null 2>&1
}

fw_runs() {
  fw_has firewall-cmd && systemctl is-active --quiet firewalld.service
}

fw_same() {
  [ -f "$1" ] && [ -f "$2" ] && [ "$(sha256sum <"$1")" = "$(sha256sum <"$2")" ]
}

# fw_tree PATH: prints what tells one state of a file or directory from another.
fw_tree() {
  if [ -d "$1" ]; then
    (
      cd "$1" || exit 1
      find . -type f -exec sha256sum {} + | sort -k 2
      find . | sort
    )
  elif [ -e "$1" ]; then
    sha256sum <"$1"
  else
    echo absent
  fi
}

# fw_iptables DIR: one file a family, and one a table, as iptables-restore takes them.
fw_iptables() {
  for fw_t in iptables ip6tables; do
    if ! fw_has "$fw_t-save" || ! "$fw_t-save" >"$1/$fw_t" 2>/dev/null; then
      rm -f "$1/$fw_t"
      continue
    fi
    sed -e '/^#/d' -e 's/ \[[0-9]*:[0-9]*\]$/ [0:0]/' "$1/$fw_t" |
      awk -v file="$1/$fw_t." '/^\*/ { f = file substr($0, 2) } f != "" { print >f }'
  done
}

# fw_nft DIR: one file a table that iptables does not see.
fw_nft() {
  if ! fw_has nft || ! nft list tables >"$1/tables" 2>/dev/null; then
    rm -f "$1/tables"
    return 0
  fi
  fw_shared=
  if iptables -V 2>/dev/null | grep -q nf_tables; then
    fw_shared=1
  fi
  while read -r fw_t fw_family fw_name; do
    [ "$fw_name" != firewalld ] || continue
    case $fw_shared$fw_family in
      1ip) [ ! -f "$1/iptables.$fw_name" ] || continue ;;
      1ip6) [ ! -f "$1/ip6tables.$fw_name" ] || continue ;;
    esac
    nft -s list table "$fw_family" "$fw_name" >"$1/nft.$fw_family.$fw_name" 2>/dev/null
  done <"$1/tables"
}

# fw_zones: prints a line `ZONE<tab>KEY<tab>VALUE` for each thing that a zone has.
fw_zones() {
  firewall-cmd --list-all-zones | awk '
    /^[^ \t]/ { zone = $1; next }
    /^  [a-z]/ {
      key = $0; sub(/^ +/, "", key); sub(/:.*/, "", key)
      value = $0; sub(/^[^:]*: */, "", value)
      if (key == "masquerade" || key == "icmp-block-inversion" || key == "forward") {
        if (value == "yes") print zone "\t" key "\t"
      } else if (key ~ /^(services|ports|protocols|source-ports|sources|interfaces|icmp-blocks|forward-ports)$/) {
        sub(/s$/, "", key); n = split(value, v, " ")
        for (i = 1; i <= n; i++) print zone "\t" key "\t" v[i]
      } else if (key == "rich rules") key = "rich-rule"
      next
    }
    /^\t/ { value = $0; sub(/^\t/, "", value); sub(/s$/, "", key); print zone "\t" key "\t" value }' | sort
}

# fw_kernel: prints the tables of firewalld itself, without what its sets hold.
fw_kernel() {
  for fw_t in inet ip ip6; do
    nft -s list table "$fw_t" firewalld 2>/dev/null
  done | awk '/elements = {/ { skip = 1 } !skip { print } /}/ { skip = 0 }'
}

fw_save() {
  for fw_t in $fw_files; do
    [ -e "$fw_root/$fw_t" ] || continue
    mkdir -p "$1/files/${fw_t%/*}" || return 1
    cp -a "$fw_root/$fw_t" "$1/files/$fw_t" || return 1
  done
  fw_iptables "$1"
  fw_nft "$1"
  fw_runs || return 0
  fw_kernel >"$1/kernel"
  fw_zones >"$1/zones"
}

fw_restore() {
  fw_failed=0
  fw_reload=
  for fw_t in $fw_files; do
    [ -e "$fw_root/$fw_t" ] || [ -e "$1/files/$fw_t" ] || continue
    [ "$(fw_tree "$fw_root/$fw_t")" != "$(fw_tree "$1/files/$fw_t")" ] || continue
    echo "putting /$fw_t back"
    fw_restore_path "$1/files/$fw_t" "$fw_root/$fw_t" || fw_failed=1
    [ "$fw_t" != etc/firewalld ] || fw_reload=1
  done
  [ -z "${HAPROV_BOOT-}" ] || return "$fw_failed"
  # Before its tables are looked at: it cannot end its panic without them.
  if fw_runs && firewall-cmd -q --query-panic; then
    firewall-cmd -q --panic-off
  fi
  rm -rf "$2"
  mkdir -p "$2"
  fw_iptables "$2"
  fw_nft "$2"
  fw_restore_nft "$1" "$2" || fw_failed=1
  rm -f "$2"/iptables* "$2"/ip6tables*
  fw_iptables "$2"
  fw_restore_iptables "$1" "$2" || fw_failed=1
  fw_firewalld "$1" "$2" || fw_failed=1
  return "$fw_failed"
}

# fw_restore_path KEPT PATH
fw_restore_path() {
  if [ -e "$1" ]; then
    rm -rf "$2.haprov" || return 1
    mkdir -p "${2%/*}" || return 1
    cp -a "$1" "$2.haprov" || return 1
  fi
  rm -rf "${2:?}"
  [ -e "$2.haprov" ] || return 0
  mv -T "$2.haprov" "$2" || return 1
  find "$2" -exec sync {} +
}

fw_restore_nft() {
  [ -f "$1/tables" ] || return 0
  fw_bad=0
  for fw_t in "$1"/nft.* "$2"/nft.*; do
    fw_t=${fw_t##*/}
    if [ "$fw_t" = 'nft.*' ] || fw_same "$1/$fw_t" "$2/$fw_t"; then
      continue
    fi
    fw_name=${fw_t#nft.}
    fw_name="${fw_name%%.*} ${fw_name#*.}"
    echo "putting table $fw_name back"
    {
      echo "add table $fw_name"
      echo "delete table $fw_name"
      [ ! -f "$1/$fw_t" ] || cat "$1/$fw_t"
    } >"$2/load"
    nft -f "$2/load" || fw_bad=1
    rm -f "$2/$fw_t"
    [ ! -f "$1/$fw_t" ] || cp "$1/$fw_t" "$2/$fw_t"
  done
  return "$fw_bad"
}

fw_restore_iptables() {
  fw_bad=0
  for fw_t in iptables ip6tables; do
    [ -f "$1/$fw_t" ] || continue
    : >"$2/load"
    for fw_name in "$1/$fw_t".*; do
      [ ! -f "$fw_name" ] || fw_same "$fw_name" "$2/${fw_name##*/}" || cat "$fw_name" >>"$2/load"
    done
    for fw_name in "$2/$fw_t".*; do
      [ ! -f "$fw_name" ] || [ -f "$1/${fw_name##*/}" ] || fw_empty "$fw_name" >>"$2/load"
    done
    [ -s "$2/load" ] || continue
    echo "putting the rules of $fw_t back"
    "$fw_t-restore" -w 10 <"$2/load" || "$fw_t-restore" <"$2/load" || fw_bad=1
  done
  return "$fw_bad"
}

# fw_empty FILE: prints the table of that file without a rule; nothing where it has none.
fw_empty() {
  [ "$(sed -n '/^-A/p; /^:.* DROP /p; /^:.* - /p' "$1")" != '' ] || return 0
  sed -n -e '/^\*/p' -e 's/^:\([^ ]*\) [A-Z][A-Z]* .*/:\1 ACCEPT [0:0]/p' "$1"
  echo COMMIT
}

fw_firewalld() {
  fw_has firewall-cmd || return 0
  if [ ! -f "$1/zones" ]; then
    fw_runs || return 0
    echo "stopping firewalld"
    systemctl stop firewalld.service
    return
  fi
  if ! fw_runs; then
    echo "starting firewalld"
    systemctl start firewalld.service || return 1
    fw_reload=
  fi
  if [ -z "$fw_reload" ] && fw_settled "$1" "$2"; then
    return 0
  fi
  echo "putting the zones of firewalld back"
  if [ -n "$fw_reload" ]; then
    fw_reload_firewalld "$1" || return 1
  fi
  fw_merge "$1" "$2"
  ! fw_settled "$1" "$2" || return 0
  fw_reload_firewalld "$1" && fw_merge "$1" "$2"
  fw_zones >"$2/zones"
  fw_same "$1/zones" "$2/zones"
}

fw_reload_firewalld() {
  # It cannot reload where somebody took its own table away, and lets nothing through then.
  for fw_t in inet ip ip6; do
    ! grep -q "^table $fw_t firewalld " "$1/kernel" || nft add table "$fw_t" firewalld
  done
  firewall-cmd -q --reload || firewall-cmd -q --complete-reload || systemctl restart firewalld.service
}

# fw_settled DIR NOW: whether firewalld is as it was kept.
fw_settled() {
  mkdir -p "$2"
  fw_kernel >"$2/kernel"
  fw_same "$1/kernel" "$2/kernel" || return 1
  fw_zones >"$2/zones"
  fw_same "$1/zones" "$2/zones"
}

fw_merge() {
  mkdir -p "$2"
  fw_zones >"$2/zones"
  comm -13 "$2/zones" "$1/zones" | fw_change add
  comm -23 "$2/zones" "$1/zones" | fw_change remove
}

# fw_change add|remove: lines of fw_zones.
fw_change() {
  while IFS='	' read -r fw_zone fw_key fw_value; do
    case $1$fw_key in
      addinterface) fw_do=change-interface ;;
      removeinterface) continue ;;
      *) fw_do=$1-$fw_key ;;
    esac
    firewall-cmd -q --zone="$fw_zone" "--$fw_do${fw_value:+=$fw_value}" </dev/null
  done
}
