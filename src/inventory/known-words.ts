import { closest, distance } from 'fastest-levenshtein';

/** Words from tutorials and from keepalived.conf that are no keys here, and what to write instead. */
const ANSWERS: Readonly<Record<string, { readonly rule: string; readonly message: string }>> = {
  log_level: {
    rule: 'log-level',
    message:
      "keepalived has no keyword 'log_level' and rejects the file; for a detailed log write keepalived: { log_detail: true }",
  },
  auth_type: {
    rule: 'unknown-key',
    message: "'auth_type' is not needed: with auth_pass haprov writes auth_type PASS; take this line out",
  },
  authentication: {
    rule: 'unknown-key',
    message: "'authentication' is no key here; write auth_pass: { env: NAME } in the instance itself",
  },
  script_user: {
    rule: 'unknown-key',
    message:
      "'script_user' is not needed: haprov writes script_user root and enable_script_security; take this line out",
  },
  enable_script_security: {
    rule: 'unknown-key',
    message: "'enable_script_security' is not needed: haprov always writes it; take this line out",
  },
  router_id: {
    rule: 'unknown-key',
    message: "'router_id' is not needed: haprov writes the host's name; take this line out",
  },
  vrrp_strict: {
    rule: 'vrrp-strict',
    message: 'vrrp_strict makes keepalived drop all traffic to the VIP, and forbids unicast and auth_pass; take it out',
  },
  vrrp_script: {
    rule: 'unknown-key',
    message:
      "'vrrp_script' is no key here; write the check into the instance's track_script: { check_nginx: { interval: 2 } }",
  },
  unicast_src_ip: {
    rule: 'unknown-key',
    message:
      "'unicast_src_ip' is no key here; unicast: true takes the hosts' addresses, unicast: { lb1: 10.0.0.1, … } takes others",
  },
  unicast_peer: {
    rule: 'unknown-key',
    message: "'unicast_peer' is no key here; unicast: true makes every other host of the cluster a peer",
  },
};

/** Words for checks and for notify that people bring along from other tools, and the key of the same meaning. */
const MEANT: Readonly<Record<string, string>> = {
  http: "a check of a page is url: 'http://127.0.0.1/health'",
  https: "a check of a page is url: 'https://127.0.0.1:6443/livez', with ca: or insecure: true",
  http_get: "a check of a page is url: 'http://127.0.0.1/health'",
  status_code: 'the statuses of a url are expect: [200, 401]',
  status_codes: 'the statuses of a url are expect: [200, 401]',
  cafile: 'the CA certificates of a url are ca: /PATH/ON/THE/HOST',
  ca_file: 'the CA certificates of a url are ca: /PATH/ON/THE/HOST',
  cacert: 'the CA certificates of a url are ca: /PATH/ON/THE/HOST',
  skip_verify: 'a url whose certificate may be any has insecure: true',
  verify: 'a url whose certificate may be any has insecure: true',
  tcp_check: 'a check of a port is tcp: 127.0.0.1:5432',
  connect_port: 'a check of a port is tcp: 127.0.0.1:5432',
  exec: 'a program with arguments is command: [/usr/local/bin/alive, --quick]',
  cmd: 'a program with arguments is command: [/usr/local/bin/alive, --quick]',
  args: 'a program with arguments is command: [/usr/local/bin/alive, --quick]',
  docker: 'a program in a container is container: NAME',
  podman: 'a program in a container is container: NAME',
  slack: 'Slack is slack_webhook: { env: SLACK_WEBHOOK_URL }',
  teams: 'Teams is webhooks: { teams: { url: { env: TEAMS_URL }, format: teams } }',
  webhook: 'webhooks have names: webhooks: { ops: { url: { env: WEBHOOK_URL }, format: slack } }',
  mail: 'mail is email: { to: [ops@example.com], server: 127.0.0.1 }',
  smtp: 'mail is email: { to: [ops@example.com], server: 127.0.0.1 }',
};

/** What to say of a key that the inventory does not know. */
export function unknownKey(key: string, known: readonly string[]): { rule: string; message: string } {
  const answer = Object.hasOwn(ANSWERS, key) ? ANSWERS[key] : undefined;
  if (answer !== undefined) return answer;
  const meant = Object.hasOwn(MEANT, key) ? MEANT[key] : undefined;
  if (meant !== undefined) return { rule: 'unknown-key', message: `unknown key '${key}'; ${meant}` };
  const shown = key.length > 60 ? `${key.slice(0, 60)}…` : key;
  const near = nearest(key, known);
  const hint = near === undefined ? `known are ${known.join(', ')}` : `did you mean '${near}'?`;
  return { rule: 'unknown-key', message: `unknown key '${shown}'; ${hint}` };
}

/** The word that was probably meant: at most a third of its letters away, or two letters changed about. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || word.length > 100) return undefined;
  const plain = word.toLowerCase().replaceAll('-', '_');
  const best = closest(plain, [...known]);
  const letters = (text: string): string => [...text].sort().join('');
  const swapped = letters(plain) === letters(best.toLowerCase());
  return distance(plain, best.toLowerCase()) <= (swapped ? 2 : Math.max(1, Math.floor(best.length / 3)))
    ? best
    : undefined;
}
