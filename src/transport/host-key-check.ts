import type { SshSettings } from '../inventory/model.ts';
import { type HopFault, HopFaultError, type HostKeyFault } from './errors.ts';
import {
  blobType,
  entriesFor,
  fingerprint,
  judgeHostKey,
  type KnownHost,
  knownHostName,
  type Verdict,
} from './known-hosts.ts';
import { appendKnownHost, readKnownHosts } from './known-hosts-file.ts';

/** A host key that was accepted without having been known, and where it now stands. */
export interface AcceptedHostKey {
  readonly name: string;
  readonly keyType: string;
  readonly fingerprint: string;
  readonly file: string;
}

/** The check of one server's key, for one connection attempt. */
export interface HostKeyCheck {
  /** Key types this name is known by, for the offer to the server. */
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
export function createHostKeyChecker(onAccepted: (key: AcceptedHostKey) => void): HostKeyChecker {
  const read = new Map<string, ReturnType<typeof readKnownHosts>>();
  const byName = new Map<string, KnownHost[]>();

  return async (address, port, ssh) => {
    const setting = ssh.known_hosts_file;
    const reading = read.get(setting) ?? readKnownHosts(setting);
    read.set(setting, reading);
    const { entries, files } = await reading;
    const name = knownHostName(address, port);
    const id = JSON.stringify([setting, name]);
    const mine = byName.get(id) ?? entriesFor(name, entries);
    byName.set(id, mine);

    let fault: HopFault | undefined;
    let fresh: Buffer | undefined;
    return {
      knownTypes: [...new Set(mine.filter((entry) => entry.marker === undefined).map((entry) => entry.keyType))],
      get fault() {
        return fault;
      },
      verify(blob) {
        const verdict = judgeHostKey(blob, mine);
        if (verdict.verdict === 'known') return true;
        if (ssh.host_key_checking === 'off' && verdict.verdict !== 'revoked') return true;
        // A name known by other keys is not new: another type is no reason to trust more.
        const isNew = verdict.verdict === 'unknown' && verdict.entries.length === 0;
        if (ssh.host_key_checking === 'accept-new' && isNew) {
          fresh = Buffer.from(blob);
          return true;
        }
        fault = hostKeyFault(verdict, name, shownKey(blob), setting);
        return false;
      },
      async record() {
        const file = files[0];
        if (fresh === undefined || file === undefined) return;
        const blob = fresh;
        fresh = undefined;
        const keyType = blobType(blob.toString('base64')) ?? '';
        let added: KnownHost | undefined;
        await appendKnownHost(file, (now) => {
          const current = entriesFor(name, now);
          const verdict = judgeHostKey(blob, current);
          if (verdict.verdict === 'known') return undefined;
          if (verdict.verdict !== 'unknown' || verdict.entries.length > 0) {
            throw new HopFaultError(hostKeyFault(verdict, name, shownKey(blob), setting));
          }
          added = { file, line: 0, marker: undefined, names: name, keyType, key: blob.toString('base64') };
          return `${name} ${keyType} ${added.key}`;
        });
        if (added === undefined) return;
        mine.push(added);
        onAccepted({ name, keyType, fingerprint: fingerprint(blob), file });
      },
    };
  };
}

/** A key that a server showed. */
export type ShownKey = Pick<HostKeyFault, 'keyType' | 'fingerprint'>;

function shownKey(blob: Buffer): ShownKey {
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
  const first = known[0];
  const hostKey = { verdict: verdict.verdict, name, keyType, fingerprint: shown, known };
  const evidence = `shown: ${keyType} ${shown}${places === '' ? '' : `\nknown: ${places}`}`;
  const fault = { kind: 'host-key', retryable: false, evidence, hostKey } as const;
  if (verdict.verdict === 'revoked') {
    const message = `host key of ${name} is revoked: ${keyType} ${shown} (${first?.file}:${first?.line})`;
    return { ...fault, message, next: 'Do not trust this machine; give it a new host key.' };
  }
  if (verdict.verdict === 'changed') {
    const message = `host key of ${name} changed: known ${first?.fingerprint} (${first?.file}:${first?.line}), shown ${shown}`;
    const next = `Find out why. If the machine was reinstalled, remove the old key (ssh-keygen -R '${name}') and connect once with ssh.`;
    return { ...fault, message, next };
  }
  if (first !== undefined) {
    const message = `host key of ${name} is of another type than known: ${keyType} ${shown}, known ${first.keyType} (${first.file}:${first.line})`;
    return { ...fault, message, next: `Compare the fingerprint with the machine's own, then add the key to ${files}.` };
  }
  const authority = verdict.authorities[0];
  const message = `host key of ${name} is not known: ${keyType} ${shown}`;
  const next = authority
    ? `Host certificates (${authority.file}:${authority.line}) cannot be checked yet: add the host's own key to ${files}.`
    : `Compare the fingerprint and connect once with ssh, which adds it to ${files}; or set host_key_checking: accept-new.`;
  return { ...fault, message, next };
}
