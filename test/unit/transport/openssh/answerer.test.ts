import { describe, expect, it } from 'vitest';
import type { SshSettings } from '../../../../src/inventory/model.ts';
import { Secret } from '../../../../src/inventory/secret.ts';
import { createAnswerer } from '../../../../src/transport/openssh/answerer.ts';
import { createAskpasses, isAtLeast } from '../../../../src/transport/openssh/askpasses.ts';

const secret = (value: string): Secret => new Secret({ literal: value });
const settings = (more: Partial<SshSettings>): SshSettings => ({
  user: 'deploy',
  port: 22,
  known_hosts_file: '/k',
  host_key_checking: 'strict',
  proxy_jump: [],
  connect_timeout: 10,
  ...more,
});
const both = { password: secret('pass'), identity_passphrase: secret('phrase'), identity_file: '/keys/mine' };

describe('a question of ssh', () => {
  it('gets the secret that it asks for, once', () => {
    for (const [question, answer] of [
      ["Enter passphrase for key '/keys/mine': ", 'phrase'],
      ["deploy@lb1's password: ", 'pass'],
      ['(deploy@lb1) Password: ', 'pass'],
    ] as const) {
      const answerer = createAnswerer(settings(both));
      expect([answerer.answer(question), answerer.answer(question)]).toEqual([answer, undefined]);
      expect(answerer.refused).toEqual([question]);
    }
  });

  it('gets no passphrase for another key, and none from a server that asks as ssh does', () => {
    const answerer = createAnswerer(settings(both));
    expect(answerer.answer("Enter passphrase for key '/keys/other': ")).toBeUndefined();
    expect(answerer.answer("(deploy@lb1) Enter passphrase for key '/keys/mine': ")).toBe('pass');
  });

  it('gets the passphrase for a key whose path ssh cut off', () => {
    const identity_file = `/${'x'.repeat(150)}`;
    const answerer = createAnswerer(settings({ ...both, identity_file }));
    expect(answerer.answer(`Enter passphrase for key '${identity_file.slice(0, 100)}': `)).toBe('phrase');
  });

  it('gets nothing where no such secret is configured, or where it asks for something else', () => {
    const answerer = createAnswerer(settings({ identity_passphrase: secret('phrase') }));
    for (const question of [
      "deploy@lb1's password: ",
      'Are you sure you want to continue connecting (yes/no/[fingerprint])? ',
      "Enter deploy@lb1's old password: ",
      'Enter PIN for ED25519-SK key /keys/sk: ',
    ]) {
      expect([question, answerer.answer(question)]).toEqual([question, undefined]);
    }
  });
});

describe('a secret for ssh', () => {
  it('is handed over from version 8.5 on', () => {
    for (const [text, fits] of [
      ['OpenSSH_9.2p1 Debian-2+deb12u6, OpenSSL 3.0.19 27 Jan 2026', true],
      ['OpenSSH_8.5p1', true],
      ['OpenSSH_10.0p2', true],
      ['OpenSSH_8.4p1 Debian-5', false],
      ['OpenSSH_7.9p1', false],
      ['dropbear', false],
      ['', false],
    ] as const) {
      expect([text, isAtLeast(text, [8, 5])]).toEqual([text, fits]);
    }
  });

  it('is refused with a word about the agent where it cannot be handed over safely', async () => {
    const tooOld = createAskpasses({ PATH: '/nonexistent' });
    await expect(tooOld('/tmp/x', settings(both))).rejects.toMatchObject({
      fault: { kind: 'auth', retryable: false, next: expect.stringContaining('ssh-add') },
    });
    const noPlace = createAskpasses({ PATH: process.env['PATH'] });
    await expect(noPlace('/nonexistent/ask', settings(both))).rejects.toMatchObject({
      fault: { kind: 'auth', retryable: false, next: expect.stringContaining('ssh-add') },
    });
    expect(await noPlace('/nonexistent/ask', settings({}))).toBeUndefined();
  });
});
