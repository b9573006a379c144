import { homedir } from 'node:os';
import { UsageError } from '../errors.ts';
import type { Inventory } from '../inventory/model.ts';
import { isError } from '../inventory/problem.ts';
import { listSecrets, resolveSecrets } from '../inventory/resolve-secrets.ts';
import { resolveSshConfig } from '../transport/config/resolve.ts';
import { addHostKeys } from '../transport/host-keys/host-key-check.ts';
import { type ScannedKey, scanHostKeys } from '../transport/host-keys/scan-key.ts';
import { createRedactor } from '../transport/redact.ts';
import { renderProblems } from '../ui/plan/lint-view.ts';
import { keyId, renderAdded, renderTrust, trustJson } from '../ui/status/trust-view.ts';
import { jsonDocument } from '../ui/terminal/json.ts';
import { askSecret, confirm } from '../ui/terminal/prompt.ts';
import { counted } from '../ui/terminal/text.ts';
import { EXIT, type ExitCode, type Io, type Redact, styleFor } from './io.ts';
import { InvalidInventoryError, loadInventory, mapHosts, type TargetOptions } from './load.ts';
import { type PasswordOptions, withPrompts } from './passwords.ts';

export interface TrustOptions extends TargetOptions, PasswordOptions {
  readonly yes?: boolean;
}

type NewKey = Extract<ScannedKey, { status: 'new' }>;

/** `haprov trust`: shows the host keys that are not known yet, and adds them to known_hosts after one question. */
export async function trust(file: string, options: TrustOptions, io: Io): Promise<ExitCode> {
  const asks = options.yes !== true;
  if (asks && (options.json === true || io.input.isTTY !== true || io.out.isTTY !== true)) {
    throw new UsageError('there is no terminal to ask on before the keys are added', {
      next: 'Add --yes once you know that the hosts are those that you mean.',
    });
  }
  const { inventory, redact } = await prepare(file, options, io);
  const scanned = await scanHostKeys(inventory, { homeDirectory: homedir(), env: io.env, signal: io.signal }).catch(
    (error: unknown) => {
      if (io.signal.aborted) return undefined;
      throw error;
    },
  );
  if (scanned === undefined) return EXIT.interrupted;
  const fresh = scanned.filter((key): key is NewKey => key.status === 'new');
  const style = styleFor(io.out, io, options, redact);
  if (options.json !== true) io.out.write(renderTrust(scanned, style, { verbose: options.verbose === true }));
  const question = `Add ${fresh.length === 1 ? 'the new one' : `these ${fresh.length} keys`}?`;
  if (asks && fresh.length > 0 && !(await confirm(question, { input: io.input, output: io.out }))) {
    io.err.write('Nothing was added.\n');
    return EXIT.failed;
  }
  const { added, refused } = await addAll(fresh);
  if (options.json === true) io.out.write(jsonDocument(trustJson(scanned, new Set(added.map(keyId))), redact));
  else io.out.write(renderAdded(added, style));
  for (const { label, name } of refused)
    io.err.write(`${label}: another key of ${name} was added by another process just now; run haprov trust again\n`);
  return exitCodeOf(scanned, refused.length > 0);
}

/** The inventory ready to be asked: only what a login to a jump host needs is read, and that only where there is one. */
async function prepare(file: string, options: TrustOptions, io: Io): Promise<{ inventory: Inventory; redact: Redact }> {
  const loaded = connectionsOnly(await loadInventory(file, options, io));
  const ask = (inventory: Inventory) => resolveSshConfig(inventory, { homeDirectory: homedir(), env: io.env });
  const first = await ask(loaded);
  for (const note of first.notes) io.err.write(`note: ${note}\n`);
  const hosts = first.inventory.clusters.flatMap((cluster) => cluster.hosts);
  if (io.err.isTTY === true) io.err.write(`asking ${counted(hosts.length, 'host')} for their keys\n`);
  if (hosts.every(({ ssh }) => ssh.proxy_jump.length === 0))
    return { inventory: first.inventory, redact: (text) => text };
  const { inventory, problems } = await resolveSecrets(await withPrompts(loaded, options), {
    env: io.env,
    prompt: (text) => askSecret(text, { input: io.input, output: io.err }),
  });
  if (problems.some(isError)) {
    io.err.write(renderProblems(problems, styleFor(io.err, io, options)));
    throw new InvalidInventoryError(`secrets of ${file} could not be read`);
  }
  const redact = createRedactor(listSecrets(inventory).map((secret) => secret.reveal()));
  return { inventory: (await ask(inventory)).inventory, redact };
}

/** Without what is not for connecting: its secrets are not needed, and not asked for. */
function connectionsOnly(inventory: Inventory): Inventory {
  const clusters = inventory.clusters.map((cluster) => ({ ...cluster, notify: {}, vrrp_instances: [] }));
  return mapHosts({ ...inventory, clusters }, (host) => ({ ...host, become: false }));
}

async function addAll(keys: readonly NewKey[]): Promise<{ added: NewKey[]; refused: NewKey[] }> {
  const added: NewKey[] = [];
  const refused: NewKey[] = [];
  for (const file of new Set(keys.map((key) => key.file))) {
    const own = keys.filter((key) => key.file === file);
    added.push(...(await addHostKeys(file, own, (_verdict, key) => refused.push(key))));
  }
  return { added, refused };
}

function exitCodeOf(keys: readonly ScannedKey[], overtaken: boolean): ExitCode {
  if (overtaken || keys.some(({ status }) => status === 'refused')) return EXIT.failed;
  return keys.some(({ status }) => status === 'unreachable') ? EXIT.unreachable : EXIT.done;
}
