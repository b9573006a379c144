import { quote } from '../../transport/quote.ts';

const TIMEOUT_S = 1;

/**
 * Asks a target about twenty times a second until nobody reads any more, and prints for each request
 * `r NANOSECONDS STATUS SECONDS CODE`: the host's clock at its start, the HTTP status, how long it took, and curl's exit
 * status. Of tcp:, and of anything where curl is not installed, the port alone is asked, by bash: the status is 200
 * where it opened. Prints `tool NAME` first, and `unable` where neither is there.
 */
export function remoteClientScript(target: string): string {
  const url = new URL(target);
  const address = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return `url=${quote(target)} address=${quote(address)} port=${quote(port)}
by_curl() {
  start=$(date +%s%N)
  said=$(curl -q -g -k -s -o /dev/null --noproxy '*' -m ${TIMEOUT_S} -w '%{http_code} %{time_total}' "$url" </dev/null)
  echo "r $start $said $?"
}
by_bash() {
  start=$(date +%s%N)
  timeout ${TIMEOUT_S} bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$address" "$port" </dev/null >/dev/null 2>&1
  code=$?
  end=$(date +%s%N) status=000
  [ $code != 0 ] || status=200
  echo "r $start $status 0.$(printf %09d $(((end - start) % 1000000000))) $code"
}
case $url in tcp:*) tool=bash ;; *) tool=curl ;; esac
command -v $tool >/dev/null || tool=bash
command -v $tool >/dev/null || { echo unable; exit 0; }
echo "tool $tool"
trap '' PIPE
rounds=0
while [ "$rounds" -lt 72000 ]; do
  by_$tool 2>/dev/null &
  rounds=$((rounds + 1))
  [ $((rounds % 20)) != 0 ] || echo beat 2>/dev/null || exit 0
  sleep 0.045
done`;
}
