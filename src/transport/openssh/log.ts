import type { Phase } from '../ssh2/faults.ts';

/** What a master's log tells of its attempt to connect. Source: the messages of OpenSSH's client at DEBUG2. */
export interface MasterLog {
  readonly phase: Phase;
  /** Whether it travels through a command (ProxyCommand, ProxyJump) rather than a socket of its own. */
  readonly proxied: boolean;
  /** Addresses of the host tried so far. */
  readonly addresses: number;
  /** Lines that are no debugging: what ssh would have told its user. */
  readonly said: readonly string[];
  /** Keys and methods offered, as ssh names them. */
  readonly tried: readonly string[];
  /** Keys that could not be used and why. */
  readonly unusable: readonly { readonly file: string; readonly why: string }[];
  /** Whether one of the keys was an agent's. */
  readonly agentOffered: boolean;
  /** Whether a passphrase did not open its key. */
  readonly wrongPassphrase: boolean;
  /** The key that the server showed. */
  readonly hostKey: { readonly keyType: string; readonly fingerprint: string } | undefined;
}

const METHODS: Readonly<Record<string, string>> = {
  password: 'the password',
  'keyboard-interactive': 'the password (keyboard-interactive)',
};

/** Reads a master's log. Everything in it but `said` was written by ssh itself; no line can be forged by a server. */
export function readMasterLog(text: string): MasterLog {
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  const debug = lines.filter((line) => /^debug\d: /.test(line)).map((line) => line.replace(/^debug\d: /, ''));
  const said = lines.filter((line) => !/^debug\d: /.test(line));
  const has = (start: string): boolean => debug.some((line) => line.startsWith(start));
  const found = (from: readonly string[], pattern: RegExp): string[] =>
    from.flatMap((line) => pattern.exec(line)?.slice(1, 2) ?? []);

  const keys = found(debug, /^Offering public key: (.*?) (?:\S+ )?SHA256:/);
  const methods = found(
    debug,
    /^Next authentication method: (password|keyboard-interactive|gssapi-with-mic|hostbased)$/,
  );
  const shown = debug.map((line) => /^Server host key: (\S+) (SHA256:\S+)/.exec(line)).findLast((match) => match);
  const proxied = has('Executing proxy command:');
  return {
    phase: has('SSH2_MSG_NEWKEYS received') ? 'auth' : reached(has, proxied) ? 'greeting' : 'tcp',
    proxied,
    addresses: debug.filter((line) => line.startsWith('Connecting to ')).length,
    said,
    tried: [...keys, ...methods.map((method) => METHODS[method] ?? method)],
    unusable: said.flatMap((line) => {
      const [, file, why] = /^Load key "(.*)": (.*)$/.exec(line) ?? [];
      return file === undefined || why === undefined ? [] : [{ file, why }];
    }),
    wrongPassphrase: has('bad passphrase given'),
    agentOffered: debug.some((line) => /^Offering public key: .* agent$/.test(line)),
    hostKey:
      shown?.[1] === undefined || shown[2] === undefined ? undefined : { keyType: shown[1], fingerprint: shown[2] },
  };
}

function reached(has: (start: string) => boolean, proxied: boolean): boolean {
  return has(proxied ? 'Remote protocol version' : 'Connection established');
}
