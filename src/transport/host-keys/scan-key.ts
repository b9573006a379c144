import pLimit from 'p-limit';
import { type ErrorReport, reportError } from '../../errors.ts';
import type { Host, Inventory } from '../../inventory/model.ts';
import { ConnectError, connectError, type HopFault, type HostKeyFault } from '../errors.ts';
import { createKeyPaths, type KeyPaths } from './add-to-known-hosts.ts';
import { hostKeyFault, type NewHostKey, shownKey } from './host-key-check.ts';
import { type KeyHolder, type KeyTarget, listKeyTargets } from './key-holders.ts';
import { judgeServerKey, type KnownHost, soleAuthority } from './known-hosts.ts';
import { createKnownHostsReader, filesOf, type KnownHosts } from './known-hosts-file.ts';
import { askSshForKey } from './scan-key-by-ssh.ts';

/** What became of asking a machine for its key. */
export type ScannedKey = KeyHolder &
  (
    | { readonly status: 'known' }
    | ({ readonly status: 'new' } & NewHostKey & Pick<HostKeyFault, 'keyType' | 'fingerprint'>)
    /** Another key than the known one, a revoked one, or a second machine of the same name. */
    | { readonly status: 'refused'; readonly key: HostKeyFault; readonly error: ErrorReport }
    /** An authority vouches for it: there is no key to add. */
    | { readonly status: 'vouched'; readonly authority: KnownHost }
    | { readonly status: 'unreachable'; readonly error: ErrorReport }
  );

export interface ScanOptions {
  readonly homeDirectory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/**
 * Asks all hosts and jump hosts for the one host key each that a connection would use, through the jump hosts. Nobody is
 * logged in to but jump hosts, and to one whose key is not known yet with keys alone, never with a password; the key that
 * it showed is the only one it may have until the end. Hosts whose keys are not checked are left out. Each machine comes
 * once, jump hosts before the hosts behind them. Writes nothing. ssh_config has to be resolved.
 */
export async function scanHostKeys(inventory: Inventory, options: ScanOptions): Promise<ScannedKey[]> {
  const targets = listKeyTargets(inventory);
  const read = createKnownHostsReader();
  const scanned = new Map<string, ScannedKey>();
  const pinned = (id: string): Buffer | undefined => {
    const found = scanned.get(id);
    return found?.status === 'new' ? found.blob : undefined;
  };
  const ways = createKeyPaths(targets, pinned, read, options);

  const scan = async (target: KeyTarget): Promise<ScannedKey> => {
    const { holder, host } = target;
    try {
      const known = await read(filesOf(host.ssh));
      const authority = soleAuthority(known.of(holder.name));
      if (authority !== undefined) return { ...holder, status: 'vouched', authority };
      const barred = barredWay(target, scanned);
      if (barred !== undefined) return { ...holder, status: 'unreachable', error: barred };
      const blob = await keyOf(host, ways, options);
      return judged(target, blob, known);
    } catch (error) {
      options.signal.throwIfAborted();
      return { ...holder, status: 'unreachable', error: reportError(error) };
    }
  };

  try {
    const limit = pLimit(inventory.forks);
    // Jump hosts first: what they showed decides on the hosts behind them.
    for (const depth of new Set(targets.map(({ way }) => way.length))) {
      const level = targets.filter(({ way }) => way.length === depth);
      const results = await Promise.all(level.map((target) => limit(() => scan(target))));
      for (const [index, result] of results.entries()) scanned.set(level[index]?.id ?? '', alone(result, scanned));
    }
    return [...scanned.values()];
  } finally {
    ways.paths.close();
  }
}

/** A host's key by a handshake of our own; by the ssh command where that alone gets there. */
async function keyOf(host: Host, { paths, shown }: KeyPaths, options: ScanOptions): Promise<Buffer> {
  if (sshAlone(host)) return askSshForKey(host, options);
  const failure = await paths.open(host, options.signal).then(
    () => undefined,
    (error: unknown) => error,
  );
  const blob = shown.get(host.ssh);
  if (blob !== undefined) return blob;
  options.signal.throwIfAborted();
  // No key exchange in common, perhaps; ssh may have one.
  if (failure instanceof ConnectError && failure.kind === 'protocol' && failure.hop === 'target')
    return askSshForKey(host, options).catch(() => Promise.reject(failure));
  throw failure;
}

/** Whether ssh2 cannot even get to the host: what it needs for logging in does not matter here. */
function sshAlone({ ssh }: Host): boolean {
  return ssh.proxy_command !== undefined || ssh.proxy_jump.some((hop) => (hop.ssh?.needs ?? []).length > 0);
}

/** Why the way to a host is not to be gone. */
function barredWay({ host, way }: KeyTarget, scanned: ReadonlyMap<string, ScannedKey>): ErrorReport | undefined {
  for (const id of way) {
    const jump = scanned.get(id);
    if (jump?.status === 'unreachable' || jump?.status === 'refused')
      return { message: `its jump host ${jump.label} cannot be passed: ${jump.error.message}` };
    if (jump?.status === 'new' && sshAlone(host)) {
      const next = `Add the key of ${jump.label}, then run haprov trust again.`;
      return { message: `its jump host ${jump.label} is passed with ssh alone, which does not know it yet`, next };
    }
  }
  return undefined;
}

function judged({ holder, host }: KeyTarget, blob: Buffer, known: KnownHosts): ScannedKey {
  const { ssh, address } = host;
  const verdict = judgeServerKey(blob, { address, port: ssh.port, alias: ssh.host_key_alias }, known.of);
  if (verdict.verdict === 'known') return { ...holder, status: 'known' };
  const key = shownKey(blob);
  if (verdict.verdict === 'unknown')
    return { ...holder, status: 'new', blob, hashed: ssh.hash_known_hosts === true, ...key };
  return refused(holder, hostKeyFault(verdict, holder.name, key, holder.file));
}

/** The result, unless another machine showed another new key for the same name: then nobody can say which is meant. */
function alone(result: ScannedKey, scanned: ReadonlyMap<string, ScannedKey>): ScannedKey {
  if (result.status !== 'new') return result;
  const { name, file, keyType, fingerprint } = result;
  const other = [...scanned.values()].find((one) => one.status === 'new' && one.name === name && one.file === file);
  if (other?.status !== 'new' || other.blob.equals(result.blob)) return result;
  const { label, hop } = result;
  return refused(
    { label, name, file, hop },
    {
      kind: 'host-key',
      message: `host key of ${name} is another one than ${other.label} showed under the same name`,
      retryable: false,
      next: 'Give one of them a name of its own with HostKeyAlias in ssh_config.',
      hostKey: { verdict: 'changed', name, keyType, fingerprint, known: [] },
    },
  );
}

function refused(holder: KeyHolder, fault: HopFault): ScannedKey {
  const error = reportError(connectError(fault, holder.label, 'target'));
  const empty = { verdict: 'changed', name: holder.name, keyType: '', fingerprint: '', known: [] } as const;
  return { ...holder, status: 'refused', key: fault.hostKey ?? empty, error };
}
