import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { judgeConfigTest } from '../../../src/vrrp/config-test.ts';
import { GOLDEN } from '../../fixtures/vrrp/configurations.ts';

describe('judgeConfigTest', () => {
  it('accepts silence with exit status 0', () => {
    expect(judgeConfigTest({ code: 0, output: '' })).toEqual({ ok: true });
    expect(judgeConfigTest({ code: 0, output: ' \n' })).toEqual({ ok: true });
  });

  it('refuses exit status 0 with a message, as 2.1.5 gives it for an unknown keyword', () => {
    const output = "(/etc/keepalived/keepalived.conf: Line 3) Unknown keyword 'log_level'\n";
    expect(judgeConfigTest({ code: 0, output })).toEqual({
      ok: false,
      reason: "Line 3: Unknown keyword 'log_level' (exit status 0)",
    });
  });

  it.each([
    [5, 'Unknown interface!', 'Unknown interface! (exit status 5: the configuration has errors)'],
    [143, '', 'keepalived --config-test: exit status 143: it ended itself, as 2.2.5 to 2.2.7 do'],
    [127, 'sh: keepalived: not found', 'exit status 127: keepalived is not installed'],
    [1, '', 'keepalived --config-test: exit status 1'],
  ])('refuses exit status %i', (code, output, reason) => {
    const verdict = judgeConfigTest({ code, output });
    expect(verdict).toMatchObject({ ok: false, reason: expect.stringContaining(reason) });
  });
});

/** A network and a mount namespace of its own with eth0 and haprov's scripts: the machine itself stays as it is. */
const HOST = `set -e
mkdir -p /usr/libexec
mount -t tmpfs -o mode=0755 none /usr/libexec
ip link add eth0 type bridge
mkdir /usr/libexec/keepalived
for s in check-nginx check-haproxy notify; do
  printf '#!/bin/sh\\n' >"/usr/libexec/keepalived/haprov-$s"
  chmod 755 "/usr/libexec/keepalived/haprov-$s"
done
set +e
exec "$KEEPALIVED" --config-test --use-file "$1" 2>&1`;

const keepalived = process.env['KEEPALIVED'] ?? 'keepalived';
const inNamespace = (script: string, ...args: string[]) =>
  spawnSync('unshare', ['--net', '--mount', 'sh', '-c', script, 'sh', ...args], {
    encoding: 'utf8',
    env: { ...process.env, KEEPALIVED: keepalived },
  });
const able = inNamespace('"$KEEPALIVED" --version && ip link add eth0 type bridge').status === 0;

describe.runIf(able)('the real keepalived on this machine', () => {
  it.each(GOLDEN)('accepts $file without a word', ({ file }) => {
    const path = fileURLToPath(new URL(`../../fixtures/vrrp/${file}`, import.meta.url));
    const { status, stdout } = inNamespace(HOST, path);
    expect(judgeConfigTest({ code: status ?? -1, output: stdout })).toEqual({ ok: true });
  });

  it('refuses a file with an unknown keyword', () => {
    const { status, stdout } = inNamespace(`printf 'nonsense 1\\n' >/tmp/$$.conf; f=/tmp/$$.conf
"$KEEPALIVED" --config-test --use-file $f 2>&1; s=$?; rm -f $f; exit $s`);
    expect(judgeConfigTest({ code: status ?? -1, output: stdout })).toMatchObject({ ok: false });
  });
});
