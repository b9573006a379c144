import { describe, expect, it } from 'vitest';
import type { ScannedKey } from '../../../src/transport/host-keys/scan-key.ts';
import { keyId, renderAdded, renderTrust, trustCounts, trustJson } from '../../../src/ui/status/trust-view.ts';
import { createStyle } from '../../../src/ui/terminal/style.ts';

const style = createStyle({ colour: false });
const print = (letter: string): string => `SHA256:${letter.repeat(43)}`;
const holder = (label: string, name = label) => ({
  label,
  name,
  file: '/home/ada/.ssh/known_hosts',
  hop: !label.includes('/'),
});
const known = (label: string): ScannedKey => ({ ...holder(label), status: 'known' });
const fresh = (label: string, letter: string): ScannedKey => ({
  ...holder(label),
  status: 'new',
  blob: Buffer.from('x'),
  hashed: false,
  keyType: 'ssh-ed25519',
  fingerprint: print(letter),
});
const changed: ScannedKey = {
  ...holder('api/lb3', '10.0.0.3'),
  status: 'refused',
  key: {
    verdict: 'changed',
    name: '10.0.0.3',
    keyType: 'ssh-ed25519',
    fingerprint: print('X'),
    known: [{ file: '/home/ada/.ssh/known_hosts', line: 41, keyType: 'ssh-ed25519', fingerprint: print('d') }],
  },
  error: { message: 'host key of 10.0.0.3 changed', next: 'Find out why.' },
};
const unreachable: ScannedKey = {
  ...holder('api/lb4'),
  status: 'unreachable',
  error: { message: 'no answer from 10.0.0.4:22 within 10 s', action: 'connect', next: 'Is it up?' },
};
const vouched: ScannedKey = {
  ...holder('web/lb5'),
  status: 'vouched',
  authority: {
    file: '/etc/ssh/ssh_known_hosts',
    line: 2,
    marker: 'cert-authority',
    names: '*',
    keyType: 'ssh-ed25519',
    key: '',
  },
};

describe('the view of host keys', () => {
  it('has the fingerprints one below the other, new ones first, refused ones last, whatever the order', () => {
    expect(renderTrust([changed, known('web/lb1'), unreachable, fresh('bastion', 'Q'), vouched], style)).toBe(
      [
        `NEW          bastion         ${print('Q')}  ED25519`,
        'UNREACHABLE  api/lb4         connect: no answer from 10.0.0.4:22 within 10 s',
        '  Fix: Is it up?',
        `CHANGED      api/lb3         ${print('X')}  ED25519`,
        `  was        known_hosts:41  ${print('d')}  ED25519`,
        '  refused (/home/ada/.ssh/known_hosts); check on its console: ssh-keygen -lf /etc/ssh/ssh_host_*.pub',
        '  Fix: Find out why.',
        'TRUST 1 new, 1 known, 1 changed, 1 unreachable, 1 by certificate',
        '',
      ].join('\n'),
    );
  });

  it('names those that are known only where all is wanted', () => {
    expect(renderTrust([known('web/lb1')], style)).toBe('TRUST 0 new, 1 known\n');
    const all = renderTrust([known('web/lb1'), vouched], style, { verbose: true });
    expect(all).toMatch(/^KNOWN {4}web\/lb1 {2}web\/lb1\nVOUCHED {2}web\/lb5 .*\/etc\/ssh\/ssh_known_hosts:2/);
  });

  it('never cuts a fingerprint, however long the names are', () => {
    const text = renderTrust([fresh(`web/${'a'.repeat(63)}`, 'Q')], createStyle({ colour: false, columns: 40 }));
    expect(text).toContain(`${print('Q')}  ED25519\n`);
  });

  it('cannot drive the terminal', () => {
    expect(renderTrust([{ ...unreachable, error: { message: 'a\u001b[2Jb' } }], style)).not.toContain('\u001b');
  });

  it('counts, and says what was added where', () => {
    expect(trustCounts([])).toBe('TRUST 0 new, 0 known');
    expect(renderAdded([{ file: '/a' }, { file: '/b' }, { file: '/a' }], style)).toBe(
      'Added 2 keys to /a.\nAdded 1 key to /b.\n',
    );
  });

  it('has a JSON form with every machine in it', () => {
    const one = fresh('bastion', 'Q');
    expect(trustJson([one, changed, known('web/lb1')], new Set([keyId(one)]))).toEqual({
      format: 1,
      added: 1,
      keys: [
        {
          host: 'bastion',
          hop: true,
          name: 'bastion',
          file: '/home/ada/.ssh/known_hosts',
          status: 'new',
          key_type: 'ssh-ed25519',
          fingerprint: print('Q'),
          added: true,
          known: [],
          error: null,
        },
        expect.objectContaining({
          status: 'changed',
          fingerprint: print('X'),
          added: false,
          known: [expect.objectContaining({ line: 41, key_type: 'ssh-ed25519', fingerprint: print('d') })],
          error: { message: 'host key of 10.0.0.3 changed', next: 'Find out why.' },
        }),
        expect.objectContaining({ host: 'web/lb1', status: 'known', fingerprint: null, error: null }),
      ],
    });
  });
});
