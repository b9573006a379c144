import { quote } from '../../transport/quote.ts';
import type { Subject } from '../reader/subject.ts';

/** What came of asking an address. */
export interface AnswerFact {
  /**
   * open: connected, or for a URL status 200. refused: something at the address says no, or answers with another status.
   * silent: nothing came back in time. unable: this host has nothing to ask with.
   */
  readonly result: 'open' | 'refused' | 'silent' | 'unable';
  /** "connection refused", "status 404"; for people. */
  readonly detail: string;
}

/** Seconds that an address has for its answer. */
const LIMIT = 2;

/** The key of a TCP connection that sends nothing. */
export function tcpKey(address: string, port: number): string {
  return `tcp ${address} ${port}`;
}

/** The key of a request for this URL, name and port as they stand, that goes to the address in place of the URL's own. */
export function urlKey(address: string, url: string): string {
  return `url ${address} ${url}`;
}

/** Whether addresses answer, as seen from this host. Keys by `tcpKey` and `urlKey`; all are asked side by side. */
export const answerSubject: Subject<string, AnswerFact> = {
  name: 'answers',
  script: (keys) => `${FUNCTIONS}\n${keys.map((key, index) => `${lineOf(key, index)} &`).join('\n')}\nwait`,
  parse: (output, keys) => {
    const lines = output.split('\n').map((line) => line.split(' '));
    return keys.map((key, index) => {
      const [, result, ...detail] = lines.find(([first]) => first === String(index)) ?? [];
      if (result !== 'open' && result !== 'refused' && result !== 'silent' && result !== 'unable')
        throw new Error(`no word of ${key}`);
      return { result, detail: detail.join(' ') };
    });
  },
};

function lineOf(key: string, index: number): string {
  const [kind = '', address = '', what = ''] = key.split(' ');
  return `${kind === 'url' ? 'url' : 'tcp'} ${index} ${quote(address)} ${quote(what)}`;
}

/** bash connects without a word, so that no service logs a broken request; every host has it but by choice. */
const FUNCTIONS = `tcp() { # INDEX ADDRESS PORT
  if command -v bash >/dev/null; then
    out=$(timeout ${LIMIT} bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$2" "$3" 2>&1 </dev/null); code=$?
    case $code/$out in
      0/*) echo "$1 open"; return ;;
      */*' refused'*) echo "$1 refused connection refused"; return ;;
      124/*) echo "$1 silent no answer within ${LIMIT} s"; return ;;
      */*'No such file'*) ;;
      *) echo "$1 silent $(echo "$out" | sed -n '1s/.*: //p')"; return ;;
    esac
  fi
  command -v curl >/dev/null || { echo "$1 unable neither bash nor curl is installed"; return; }
  case $2 in *:*) host="[$2]" ;; *) host=$2 ;; esac
  connected=$(curl -q -g -s -o /dev/null --noproxy '*' -m ${LIMIT} -w '%{time_connect}' "telnet://$host:$3" </dev/null)
  case $connected in *[1-9]*) echo "$1 open" ;; *) echo "$1 silent no connection within ${LIMIT} s" ;; esac
}
url() { # INDEX ADDRESS URL
  command -v curl >/dev/null || { echo "$1 unable curl is not installed"; return; }
  case $2 in *:*) host="[$2]" ;; *) host=$2 ;; esac
  # The name in the URL is not the certificate's: whether the address answers is asked, not who it is.
  status=$(curl -q -g -k -s -o /dev/null --noproxy '*' -m ${LIMIT} --connect-to "::$host:" -w '%{http_code}' "$3" </dev/null)
  case $?/$status in
    */200) echo "$1 open" ;;
    7/*) echo "$1 refused no connection" ;;
    */000) echo "$1 silent no answer within ${LIMIT} s" ;;
    *) echo "$1 refused status $status" ;;
  esac
}`;
