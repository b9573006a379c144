# shellcheck shell=sh
# Tests of a staged file, before it replaces anything.

# test_staged: by command=..., or as a keepalived.conf.
test_staged() {
  file_names
  if get command; then
    sh -c "$value" </dev/null
  else
    test_conf
  fi
}

# test_conf: the verdict on a candidate for keepalived.conf, failing closed. The exit status of keepalived's own test can be 0 on
# broken input and differs between versions, and it passes scripts that do not run and interfaces that are not there: only 0
# together with silence counts, and the rest is looked at here (measured on 2.0.19 to 2.3.4). interfaces and scripts are lists
# of encoded words.
test_conf() {
  [ -s "$staged" ] || fail "the candidate is empty"
  get interfaces || :
  for word in $value; do
    decode "$word"
    [ -e "/sys/class/net/$value" ] ||
      fail "there is no interface $value here; there are: $(cd /sys/class/net && echo *)"
  done
  get scripts || :
  for word in $value; do
    decode "$word"
    if [ ! -f "$value" ] || [ ! -x "$value" ]; then
      fail "$value is not there or not executable: keepalived would drop it without a word"
    fi
    [ "$(stat -c %u "$value")" = 0 ] || fail "$value does not belong to root: keepalived would not run it"
  done
  command -v keepalived >/dev/null || fail "keepalived is not installed"
  users=$(sed -n 's/^ *user \([A-Za-z0-9_.-]*\).*/\1/p' "$staged" | sort -u)
  for word in $users; do
    id -u -- "$word" >/dev/null 2>&1 || fail "there is no user $word here, who is to run a check"
  done
  groups=$(sed -n 's/^ *user [A-Za-z0-9_.-]* \([A-Za-z0-9_.-]*\)$/\1/p' "$staged" | sort -u)
  for word in $groups; do
    getent group "$word" >/dev/null || fail "there is no group $word here, which is to run a check"
  done
  conf_verdict "$staged"
  # keepalived 2.2.5 to 2.2.7 kill their own test where a check has a user of its own (keepalived#2587).
  if [ "$code" -eq 143 ] && [ -n "$users" ]; then
    sed '/^ *user /d' "$staged" >"$staged.plain"
    conf_verdict "$staged.plain"
    rm -f -- "$staged.plain"
  fi
  if [ "$code" -ne 0 ] || [ -n "$out" ]; then
    fail "keepalived --config-test refuses it (exit status $code): $out"
  fi
}

# conf_verdict FILE: sets $code and $out to what keepalived's own test says of it.
conf_verdict() {
  code=0
  # Around it: what the shell says of one that was killed.
  { out=$(timeout 30 keepalived --config-test -f "$1" 2>&1 </dev/null) || code=$?; } 2>/dev/null
}
