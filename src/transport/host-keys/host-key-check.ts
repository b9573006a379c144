import type { SshSettings } from '../../inventory/model.ts';
import { type HopFault, HopFaultError, type HostKeyFault } from '../errors.ts';
import { quote } from '../quote.ts';
import {
  blobType,
  fingerprint,
  hashedName,
  indexKnownHosts,
  judgeHostKey,
  judgeServerKey,
  type KnownHost,
  knownHostName,
  type ServerPlace,
  typesToOffer,
  type Verdict,
} from './known-hosts.ts';
import { appendKnownHosts, createKnownHostsReader, filesOf } from './known-hosts-file.ts';

/** A host key that was accepted without having been known, and where it now stands. */
export interface AcceptedHostKey {
  readonly name: string;
  readonly keyType: string;
  readonly fingerprint: string;
  readonly file: string;
}

/** The check of one server's key, for one connection attempt. */
export interface HostKeyCheck {
  /** Key types to offer to the server before all others. */
  readonly knownTypes: readonly string[];
  /** Whether the key is acceptable; where not, `fault` says why. */
  verify(blob: Buffer): boolean;
  readonly fault: HopFault | undefined;
  /** To be called when the server has proved that it holds the key; records a new one. */
  record(): Promise<void>;
}

/** Makes checks; reads each known_hosts setting once. */
export type HostKeyChecker = (address: string, port: number, ssh: SshSettings) => Promise<HostKeyCheck>;

/** Host keys by the rules of host_key_checking. Revoked keys are refused always, even where checking is off. */
export function createHostKeyChecker(onAccepted: (key: AcceptedHostKey) => void = () => {}): HostKeyChecker {
  const read = createKnownHostsReader();
  const accepted = new Map<string, KnownHost[]>();

  return async (address, port, ssh) => {
    const file = ssh.known_hosts_file;
    const known = await read(filesOf(ssh));
    const place = { address, port, alias: ssh.host_key_alias };
    const name = knownHostName(address, port, ssh.host_key_alias);
    const id = JSON.stringify([file, name]);
    const added = accepted.get(id) ?? [];
    accepted.set(id, added);
    const of = (asked: string) => (asked === name ? [...known.of(name), ...added] : known.of(asked));
    return hostKeyCheck(place, ssh, of, async (blob) => {
      const target = known.files[0] ?? file;
      const isNew = await addHostKeys(target, [{ name, blob, hashed: ssh.hash_known_hosts === true }], (verdict) => {
        throw new HopFaultError(hostKeyFault(verdict, name, shownKey(blob), file));
      });
      if (isNew.length === 0) return;
      const { keyType, fingerprint: shown } = shownKey(blob);
      added.push({ file: target, line: 0, marker: undefined, names: name, keyType, key: blob.toString('base64') });
      onAccepted({ name, keyType, fingerprint: shown, file: target });
    });
  };
}

/** A check by the entries that `of` finds for a name (knownHostName); `add` records a key that is new. */
export function hostKeyCheck(
  place: ServerPlace,
  ssh: SshSettings,
  of: (name: string) => readonly KnownHost[],
  add: (blob: Buffer) => Promise<void>,
): HostKeyCheck {
  const name = knownHostName(place.address, place.port, place.alias);
  let fresh: Buffer | undefined;
  const judge = (blob: Buffer): HopFault | undefined => {
    const verdict = judgeServerKey(blob, place, of);
    if (verdict.verdict === 'known' || isUnchecked(verdict, ssh)) return undefined;
    if (ssh.host_key_checking !== 'accept-new' || verdict.verdict !== 'unknown')
      return hostKeyFault(verdict, name, shownKey(blob), ssh.known_hosts_file);
    fresh = Buffer.from(blob);
    return undefined;
  };
  return checkBy(typesToOffer(of(name)), judge, async () => {
    const blob = fresh;
    fresh = undefined;
    if (blob !== undefined) await add(blob);
  });
}

/** A check that finds no fault with a key where `judge` finds none. */
export function checkBy(
  knownTypes: readonly string[],
  judge: (blob: Buffer) => HopFault | undefined,
  record: HostKeyCheck['record'] = async () => {},
): HostKeyCheck {
  let fault: HopFault | undefined;
  return {
    knownTypes,
    get fault() {
      return fault;
    },
    verify: (blob) => {
      fault = judge(blob);
      return fault === undefined;
    },
    record,
  };
}

/**
 * Whether a key passes because checking is off. Where ssh_config turned it off, a password is not given to a machine
 * whose key changed: ssh does not give it either.
 */
function isUnchecked(verdict: Verdict, ssh: SshSettings): boolean {
  if (ssh.host_key_checking !== 'off' || verdict.verdict === 'revoked') return false;
  const asSsh = ssh.origins?.host_key_checking === 'ssh_config';
  return !(asSsh && verdict.verdict === 'changed' && ssh.password !== undefined);
}

/** A key to be added to a known_hosts file. */
export interface NewHostKey {
  /** By knownHostName. */
  readonly name: string;
  readonly blob: Buffer;
  /** Write the name hashed. */
  readonly hashed: boolean;
}

/**
 * Adds keys in one write and gives those that were not there yet. The file is judged again under the lock: a name that
 * got another key in the meantime goes to `refuse`, and is left alone if that returns.
 */
export async function addHostKeys<T extends NewHostKey>(
  file: string,
  keys: readonly T[],
  refuse: (verdict: Exclude<Verdict, { verdict: 'known' }>, key: T) => void,
): Promise<T[]> {
  const added: T[] = [];
  await appendKnownHosts(file, (entries) => {
    const of = indexKnownHosts(entries);
    for (const key of keys) {
      const verdict = judgeHostKey(key.blob, of(key.name));
      if (added.some(({ name, blob }) => name === key.name && blob.equals(key.blob))) continue;
      if (verdict.verdict === 'unknown') added.push(key);
      else if (verdict.verdict !== 'known') refuse(verdict, key);
    }
    return added.map(({ name, blob, hashed }) => {
      const { keyType } = shownKey(blob);
      return `${hashed ? hashedName(name) : name} ${keyType} ${blob.toString('base64')}`;
    });
  });
  return added;
}

/** A key that a server showed. */
export type ShownKey = Pick<HostKeyFault, 'keyType' | 'fingerprint'>;

/** Type and fingerprint of a key blob. */
export function shownKey(blob: Buffer): ShownKey {
  return { keyType: blobType(blob.toString('base64')) ?? 'unknown', fingerprint: fingerprint(blob) };
}

/** Why a key is not accepted for `name`; `files` is the known_hosts_file setting. */
export function hostKeyFault(
  verdict: Exclude<Verdict, { verdict: 'known' }>,
  name: string,
  { keyType, fingerprint: shown }: ShownKey,
  files: string,
): HopFault {
  const known = verdict.entries.map((entry) => ({
    file: entry.file,
    line: entry.line,
    keyType: entry.keyType,
    fingerprint: fingerprint(Buffer.from(entry.key, 'base64')),
  }));
  const places = known.map((entry) => `${entry.file}:${entry.line} ${entry.keyType} ${entry.fingerprint}`).join('\n');
  // The key of the same type is the one that was expected.
  const first = known.find((entry) => entry.keyType === keyType) ?? known[0];
  const hostKey = { verdict: verdict.verdict, name, keyType, fingerprint: shown, known };
  const evidence = `shown: ${keyType} ${shown}${places === '' ? '' : `\nknown: ${places}`}`;
  const fault = { kind: 'host-key', retryable: false, evidence, hostKey } as const;
  if (verdict.verdict === 'revoked') {
    const message = `host key of ${name} is revoked: ${keyType} ${shown} (${first?.file}:${first?.line})`;
    return { ...fault, message, next: 'Do not trust this machine; give it a new host key.' };
  }
  if (verdict.verdict === 'changed' && first !== undefined) {
    const types = first.keyType === keyType ? ['', ''] : [`${first.keyType} `, `${keyType} `];
    const message = `host key of ${name} changed: known ${types[0]}${first.fingerprint} (${first.file}:${first.line}), shown ${types[1]}${shown}`;
    const remove = ['ssh-keygen', '-f', first.file, '-R', name].map(quote).join(' ');
    const next = `Find out why. If the machine was reinstalled, remove the old key (${remove}) and run haprov trust.`;
    return { ...fault, message, next };
  }
  const authority = verdict.verdict === 'unknown' ? verdict.authorities[0] : undefined;
  const message = `host key of ${name} is not known: ${keyType} ${shown}`;
  const next = authority
    ? `Host certificates (${authority.file}:${authority.line}) are checked with transport: openssh alone; set it, or add the host's own key to ${files}.`
    : `Compare the fingerprint and add the key to ${files} with haprov trust or by connecting once with ssh; or set host_key_checking: accept-new.`;
  return { ...fault, message, next };
}
