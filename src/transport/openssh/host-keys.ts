import { readFile, writeFile } from 'node:fs/promises';
import type { Hop, SshSettings } from '../../inventory/model.ts';
import { type HopFault, HopFaultError } from '../errors.ts';
import { type HostKeyChecker, hostKeyFault } from '../host-keys/host-key-check.ts';
import { fingerprint, type KnownHost, knownHostName, parseKnownHosts } from '../host-keys/known-hosts.ts';
import { readKnownHosts } from '../host-keys/known-hosts-file.ts';
import { endpoint } from '../ssh2/faults.ts';
import { pathValue, saidByInventory } from './arguments.ts';
import type { MasterLog } from './log.ts';

/** How one attempt checks the server's key. */
export interface HostKeyRules {
  /** Options for ssh. */
  readonly options: readonly string[];
  /** Why the key was refused; undefined where it was not. */
  refusal(log: MasterLog): Promise<HopFault | undefined>;
  /** To be called when the connection is open: records a new key. Rejects with HopFaultError. */
  record(): Promise<void>;
}

/**
 * host_key_checking as options. ssh adds new keys to the first file it is given, which is a private one at `path`:
 * from there haprov records them under its lock. Without checking ssh knows no key but revoked ones, which its own
 * "no" would let pass.
 */
export function hostKeyRules(
  checker: HostKeyChecker,
): (hop: Hop, ssh: SshSettings, path: string) => Promise<HostKeyRules> {
  return (hop, ssh, path) => rulesFor(hop, ssh, path, checker);
}

async function rulesFor(hop: Hop, ssh: SshSettings, path: string, checker: HostKeyChecker): Promise<HostKeyRules> {
  const files = ssh.known_hosts_files ?? (await readKnownHosts(ssh.known_hosts_file)).files;
  const options = ['CheckHostIP=no'];
  if (ssh.host_key_checking === 'strict') {
    options.push('StrictHostKeyChecking=yes');
    if (saidByInventory(ssh, 'known_hosts_file')) options.push(knownHostsOption(files));
  } else if (ssh.host_key_checking === 'accept-new') {
    options.push('StrictHostKeyChecking=accept-new', 'HashKnownHosts=no', knownHostsOption([path, ...files]));
  } else {
    const { entries } = await readKnownHosts(files);
    const revoked = entries.filter(({ marker }) => marker === 'revoked');
    await writeFile(path, revoked.map((entry) => `@revoked ${entry.names} ${entry.keyType} ${entry.key}\n`).join(''));
    options.push('StrictHostKeyChecking=accept-new', knownHostsOption([path]), 'GlobalKnownHostsFile=/dev/null');
  }
  return {
    options,
    refusal: (log) => refusal(log, hop, ssh, files),
    record: async () => {
      if (ssh.host_key_checking !== 'accept-new') return;
      for (const entry of parseKnownHosts(await readFile(path, 'utf8').catch(() => ''), path)) {
        await recordKey(entry, ssh, checker);
      }
    },
  };
}

function knownHostsOption(files: readonly string[]): string {
  return `UserKnownHostsFile=${files.map(pathValue).join(' ')}`;
}

async function recordKey(entry: KnownHost, ssh: SshSettings, checker: HostKeyChecker): Promise<void> {
  const [, bracketed, port] = /^\[(.*)\]:(\d+)$/.exec(entry.names) ?? [];
  const check = await checker(bracketed ?? entry.names, Number(port ?? 22), ssh);
  if (check.verify(Buffer.from(entry.key, 'base64'))) await check.record();
  else if (check.fault) throw new HopFaultError(check.fault);
}

const NAMED = [
  ['revoked', /host key for (.*) was revoked and you have/],
  ['changed', /^Host key for (.*) has changed and you have/],
  ['unknown', /host key is known for (.*) and you have/],
] as const;

async function refusal(
  log: MasterLog,
  hop: Hop,
  ssh: SshSettings,
  files: readonly string[],
): Promise<HopFault | undefined> {
  if (!log.said.some((line) => line.startsWith('Host key verification failed'))) return undefined;
  const evidence = log.said.join('\n');
  const certificate = log.said.find((line) => /^Certificate invalid|certificate/i.test(line));
  const shown = log.hostKey;
  const found = NAMED.flatMap(([kind, pattern]) =>
    log.said.flatMap(
      (line) =>
        pattern
          .exec(line)
          ?.slice(1, 2)
          .map((name) => ({ kind, name })) ?? [],
    ),
  )[0];
  if (shown === undefined || found === undefined || (certificate !== undefined && found.kind === 'unknown')) {
    const message = `the host key of ${endpoint(hop)} was not accepted${certificate === undefined ? '' : `: ${certificate}`}`;
    const next =
      certificate === undefined
        ? 'Connect once with ssh to see more.'
        : 'Look at the names and the times of its certificate (ssh-keygen -L), and at the clocks of both machines.';
    return { kind: 'host-key', message, retryable: false, next, evidence };
  }
  const offending = log.said.flatMap((line) => /^Offending .* in (.*):\d+$/.exec(line)?.slice(1, 2) ?? []);
  const known = await readKnownHosts([...new Set([...files, ...offending])]);
  const entries = known
    .of(found.name || knownHostName(hop.host, hop.port))
    .filter(({ marker }) => marker === undefined);
  const revoked = known.entries.filter(
    ({ marker, key }) => marker === 'revoked' && fingerprint(Buffer.from(key, 'base64')) === shown.fingerprint,
  );
  const verdict = {
    revoked: { verdict: 'revoked', entries: revoked },
    changed: { verdict: 'changed', entries },
    unknown: { verdict: 'unknown', entries, authorities: [] },
  } as const;
  const fault = hostKeyFault(verdict[found.kind], found.name, shown, ssh.known_hosts_file);
  return { ...fault, evidence: `${fault.evidence}\n${evidence}` };
}
