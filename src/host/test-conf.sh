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
  code=0
  out=$(timeout 30 keepalived --config-test -f "$staged" 2>&1 </dev/null) || code=$?
  if [ "$code" -ne 0 ] || [ -n "$out" ]; then
    fail "keepalived --config-test refuses it (exit status $code): $out"
  fi
}
