import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { Become } from '../../../src/inventory/model.ts';
import { Secret } from '../../../src/inventory/secret.ts';
import { BecomeError } from '../../../src/transport/errors.ts';
import type { Session } from '../../../src/transport/session.ts';
import { createSsh2Transport } from '../../../src/transport/ssh2/ssh2-transport.ts';
import { testHome, testHost, trusted } from '../../support/ssh-host.ts';
import { testKey } from '../../support/ssh-keys.ts';
import { type ServerBehaviour, startSshServer, type TestServer } from '../../support/ssh-server.ts';

const CANARY = 'C4n\'ary "$(x)` pass!';
const clientKey = testKey();
const hostKey = testKey();
const home = testHome(clientKey);
const bin = mkdtempSync(join(tmpdir(), 'haprov-sudo-'));
const log = join(bin, 'log');
const opened: { close(): unknown }[] = [];

// Stands in for sudo: records its arguments and the environment, asks as sudo does.
writeFileSync(
  join(bin, 'sudo'),
  `#!/bin/sh
{ printf '%s\\n' "$@"; env; } >> ${log}
ask= prompt=
while :; do
  case $1 in
    -n) shift ;;
    -S) ask=1; shift ;;
    -p) prompt=$2; shift 2 ;;
    --) shift; break ;;
    *) echo "sudo: unknown option $1" >&2; exit 64 ;;
  esac
done
[ "$SUDO_LECTURE" ] && echo "We trust you have received the usual lecture." >&2
case $SUDO_MODE in
  refuse) echo "sudo: a password is required" >&2; exit 1 ;;
  missing) exit 127 ;;
  password)
    [ "$ask" ] || { echo "sudo: a password is required" >&2; exit 1; }
    for try in 1 2 3; do
      printf %s "$prompt" >&2
      IFS= read -r answer || exit 1
      [ "$answer" = "$SUDO_PASSWORD" ] && exec env ELEVATED=1 "$@"
      echo "Sorry, try again." >&2
    done
    exit 1 ;;
esac
exec env ELEVATED=1 "$@"
`,
);
chmodSync(join(bin, 'sudo'), 0o755);

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
  writeFileSync(log, '');
});
afterAll(() => {
  home.remove();
  rmSync(bin, { recursive: true });
});

async function open(
  become: Become,
  env: Record<string, string>,
  user = 'deploy',
  more: ServerBehaviour = {},
): Promise<{ session: Session; server: TestServer }> {
  const server = await startSshServer({ hostKeys: [hostKey], authorizedKeys: [clientKey], path: bin, env, ...more });
  home.trust(trusted(server.port, hostKey));
  const transport = createSsh2Transport({ homeDirectory: home.directory });
  opened.push(server, transport);
  return { server, session: await transport.connect(testHost(server.port, home, { user }, become)) };
}

const withPassword = (value = CANARY): Become => ({ password: new Secret({ literal: value }) });

describe('becoming root with a password', () => {
  it('sends the password nowhere but to the prompt', async () => {
    const { session, server } = await open(withPassword(), { SUDO_MODE: 'password', SUDO_PASSWORD: 'another' });
    const error = await session.run('true').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(BecomeError);
    const text = error instanceof BecomeError ? JSON.stringify([error, error.stack, error.facts]) : '';
    for (const seen of [text, readFileSync(log, 'utf8'), ...server.commands]) expect(seen).not.toContain('C4n');
  });
});
