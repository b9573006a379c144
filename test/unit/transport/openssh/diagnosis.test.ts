import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ConnectErrorKind } from '../../../../src/transport/errors.ts';
import { diagnose, lossReason } from '../../../../src/transport/openssh/diagnosis.ts';
import { forwardFailure } from '../../../../src/transport/openssh/forward.ts';
import { readMasterLog } from '../../../../src/transport/openssh/log.ts';
import { isExecRefused, readRunLog } from '../../../../src/transport/openssh/run-log.ts';

// Logs of OpenSSH 9.2 on Debian 12, less the lines about algorithms and files.
const FIXTURES = new URL('../../../fixtures/openssh/', import.meta.url);
const hop = { user: 'deploy', host: 'lb1', port: 22 };

function fixture(name: string): { log: string; stderr: string } {
  const [log = '', stderr = ''] = readFileSync(new URL(`${name}.txt`, FIXTURES), 'utf8').split('--- stderr\n');
  return { log, stderr };
}

function diagnosis(name: string) {
  const { log, stderr } = fixture(name);
  return diagnose({ hop, log: readMasterLog(log), stderr, connectTimeout: 10 });
}

describe('why ssh gave up', () => {
  const expected: Record<string, readonly [ConnectErrorKind, boolean, RegExp]> = {
    unresolved: ['dns', false, /does not resolve/],
    refused: ['refused', true, /connection refused by lb1:22/],
    unreachable: ['unreachable', true, /no route to lb1:22/],
    mute: ['timeout', true, /did not complete the SSH handshake/],
    drops: ['dropped', true, /closed the connection before the SSH handshake/],
    web: ['dropped', true, /closed the connection before the SSH handshake/],
    'protocol-1': ['protocol', false, /handshake with lb1:22 failed/],
    garbled: ['protocol', false, /handshake with lb1:22 failed/],
    'no-kex': ['protocol', false, /handshake with lb1:22 failed/],
    denied: ['auth', false, /refused to log in deploy \(tried \/home\/me\/identity\)/],
    'key-too-open': ['auth', false, /refused to log in/],
    'key-junk': ['auth', false, /refused to log in/],
    'bad-option': ['protocol', false, /refuses its configuration: .*nosuchoption/],
    'jump-refused': ['refused', true, /ssh_config’s way to lb1:22 failed: .*Connection refused/],
    'proxycommand-missing': ['protocol', false, /no-such-program: not found/],
  };
  const told = ['open', 'greets', 'mute-auth', 'host-key-unknown', 'host-key-changed', 'host-key-revoked'];

  it.each(Object.entries(expected))('is told of %s', (name, [kind, retryable, message]) => {
    expect(diagnosis(name)).toMatchObject({ kind, retryable, message: expect.stringMatching(message) });
  });

  it('is tested for each log that is kept', () => {
    const names = readdirSync(FIXTURES).map((file) => file.replace(/\.txt$/, ''));
    expect(names.sort()).toEqual([...Object.keys(expected), ...told].sort());
  });

  it('is a final error with all the evidence where nothing is known of it', () => {
    const log = readMasterLog('debug1: Something\nsomething quite new\n');
    expect(diagnose({ hop, log, stderr: '', connectTimeout: 10 })).toMatchObject({
      kind: 'protocol',
      retryable: false,
      message: 'ssh failed: something quite new',
    });
  });

  it('is a name server’s trouble that may pass', () => {
    const log = readMasterLog('ssh: Could not resolve hostname lb1: Temporary failure in name resolution\n');
    expect(diagnose({ hop, log, stderr: '', connectTimeout: 10 })).toMatchObject({ kind: 'dns', retryable: true });
  });
});

describe('what a log tells', () => {
  it('is how far the attempt has come', () => {
    const phases = ['refused', 'mute', 'greets', 'mute-auth', 'open', 'jump-refused'].map(
      (name) => readMasterLog(fixture(name).log).phase,
    );
    expect(phases).toEqual(['tcp', 'greeting', 'greeting', 'auth', 'auth', 'tcp']);
  });

  it('is the key that the server showed', () => {
    expect(readMasterLog(fixture('host-key-changed').log).hostKey).toEqual({
      keyType: 'ssh-ed25519',
      fingerprint: expect.stringMatching(/^SHA256:[\w+/]{43}$/),
    });
  });

  it('is what could not be used', () => {
    expect(readMasterLog(fixture('key-junk').log).unusable).toEqual([
      { file: '/home/me/identity', why: 'error in libcrypto' },
    ]);
  });
});

describe('why a connection fell', () => {
  it('is told from the master’s last words', () => {
    expect(lossReason(['Timeout, server 10.0.0.1 not responding.'], '', 28)).toBe('no answer for 28 s');
    expect(lossReason([], 'Connection to lb1 closed by remote host.\r\n', 28)).toBe(
      'the connection was closed by the server',
    );
    expect(lossReason(['client_loop: send disconnect: Broken pipe'], '', 28)).toContain('Broken pipe');
    expect(lossReason([], '', 28)).toBe('the connection was lost');
  });
});

describe('why a jump host opened no way', () => {
  const log = [
    'debug1: channel 2: new stdio-forward [stdio-forward] (inactive timeout: 0)',
    'channel 2: open failed: connect failed: Connection refused',
    'debug1: channel 2: free: direct-tcpip: listening port 0 for lb1 port 22, connect from 127.0.0.1 port 65535 to UNKNOWN port 65536, nchannels 3',
    'channel 2: open failed: administratively prohibited: open failed',
    'debug1: channel 2: free: direct-tcpip: listening port 0 for lb2 port 22, connect from 127.0.0.1 port 65535 to UNKNOWN port 65536, nchannels 3',
  ].join('\n');

  it('is told from the lines about this very host', () => {
    expect(forwardFailure(hop, log, '')).toMatchObject({ kind: 'refused', retryable: true });
    expect(forwardFailure({ ...hop, host: 'lb2' }, log, '')).toMatchObject({ kind: 'forward', retryable: false });
  });

  it('is no final error where nothing is told', () => {
    const fault = forwardFailure({ ...hop, host: 'lb3' }, log, 'Stdio forwarding request failed');
    expect(fault).toMatchObject({ kind: 'dropped', retryable: true });
  });
});

describe('the log of a command', () => {
  it('tells whether a channel was opened, refused, and how the command ended', () => {
    expect(
      readRunLog(
        'debug1: mux_client_request_session: master session id: 4\ndebug2: Received exit status from master 255\r\n',
      ),
    ).toEqual({ channel: 4, refused: false, status: 255 });
    expect(readRunLog('mux_client_request_session: session request failed: Session open refused by peer\n')).toEqual({
      channel: undefined,
      refused: true,
      status: undefined,
    });
    expect(readRunLog('')).toEqual({ channel: undefined, refused: false, status: undefined });
  });

  it('and that of its master tell of a refused command by the last use of its channel', () => {
    const accepted = 'debug2: channel 2: request exec confirm 1\ndebug2: exec request accepted on channel 2\n';
    expect(isExecRefused(accepted, 2)).toBe(false);
    expect(isExecRefused(`${accepted}debug2: channel 2: request exec confirm 1\n`, 2)).toBe(true);
    expect(isExecRefused('', 2)).toBe(false);
  });
});
