import { readFile } from 'node:fs/promises';
import type { SshSettings } from '../../inventory/model.ts';
import { type HopFault, isMissing } from '../errors.ts';
import { unusable } from '../ssh2/auth.ts';
import { isEncrypted } from '../ssh2/key-file.ts';
import { saidByInventory } from './arguments.ts';
import type { MasterLog } from './log.ts';

/** The identity file that the inventory names, which is then the only key to be tried. */
function named(ssh: SshSettings): string | undefined {
  return saidByInventory(ssh, 'identity_file') ? ssh.identity_file : undefined;
}

/** Rejects with HopFaultError where the identity file cannot be read: ssh would go on without it. */
export async function checkIdentity(ssh: SshSettings): Promise<void> {
  const file = named(ssh);
  if (file === undefined) return;
  await readFile(file).catch((cause: unknown) => {
    throw unusable(file, isMissing(cause) ? { kind: 'missing' } : { kind: 'unreadable', cause });
  });
}

/** What about the identity file made the login fail; undefined where it was usable. */
export async function identityFault(ssh: SshSettings, log: MasterLog): Promise<HopFault | undefined> {
  const file = named(ssh);
  if (file === undefined || ssh.password !== undefined) return undefined;
  const complaint = log.unusable.find((key) => key.file === file)?.why;
  if (log.wrongPassphrase || (complaint !== undefined && /passphrase/.test(complaint))) {
    return unusable(file, { kind: 'wrong-passphrase' }).fault;
  }
  if (complaint === 'bad permissions') return unusable(file, { kind: 'exposed', blob: undefined }).fault;
  if (complaint !== undefined) return unusable(file, { kind: 'unsupported', why: complaint }).fault;
  const text = await readFile(file, 'utf8').catch(() => '');
  const locked = isEncrypted(text) && ssh.identity_passphrase === undefined;
  return locked && !log.agentOffered ? unusable(file, { kind: 'encrypted', blob: undefined }).fault : undefined;
}
