import { homedir } from 'node:os';
import type { Inventory } from '../inventory/model.ts';
import { isError } from '../inventory/problem.ts';
import { listSecrets, resolveSecrets } from '../inventory/resolve-secrets.ts';
import { effectivePassword } from '../keepalived/kinds/password.ts';
import { bindPlaybooks } from '../plan/bind-playbooks.ts';
import type { HostTasks } from '../plan/plan-host.ts';
import { PlaybookError } from '../playbook/read.ts';
import { chosenTransport } from '../transport/chosen-transport.ts';
import { createFoundNeeds, type FoundNeeds } from '../transport/config/found-needs.ts';
import { resolveSshConfig } from '../transport/config/resolve.ts';
import type { AcceptedHostKey } from '../transport/host-keys/host-key-check.ts';
import { createOpensshTransport } from '../transport/openssh/openssh-transport.ts';
import { createRedactor } from '../transport/redact.ts';
import type { Transport } from '../transport/session.ts';
import { createSsh2Transport } from '../transport/ssh2/ssh2-transport.ts';
import { renderProblems } from '../ui/plan/lint-view.ts';
import { askSecret } from '../ui/terminal/prompt.ts';
import { transportsFrom } from './from.ts';
import { type Io, type Redact, styleFor } from './io.ts';
import { InvalidInventoryError, loadInventory, type TargetOptions } from './load.ts';
import { type PasswordOptions, withPrompts } from './passwords.ts';

/** All that a plan or an apply needs; nothing was connected to yet. */
export interface Run {
  readonly inventory: Inventory;
  readonly hosts: readonly HostTasks[];
  readonly transport: Transport;
  /** Another one like it, which shares no connection with it. */
  readonly newTransport: () => Transport;
  /** What its connections turned out to need. */
  readonly found: FoundNeeds;
  readonly redact: Redact;
  /** One line for each host key that `accept-new` added to known_hosts and that was not told yet. */
  readonly acceptedKeys: string[];
}

export interface RunOptions extends TargetOptions, PasswordOptions {
  readonly tags?: string;
}

/** Everything that can be wrong without a host is found here, before any connection. Throws UsageError. */
export async function prepareRun(file: string, options: RunOptions, io: Io): Promise<Run> {
  const reached = await prepareReach(file, await loadInventory(file, options, io), options, io);
  const { inventory, redact } = reached;
  const tags = options.tags === undefined ? undefined : options.tags.split(',');
  const hosts = await bindPlaybooks(inventory, { redact, ...(tags === undefined ? {} : { tags }) }).catch(
    (error: unknown) => {
      if (!(error instanceof PlaybookError)) throw error;
      io.err.write(renderProblems(error.problems, styleFor(io.err, io, options)));
      throw new InvalidInventoryError(`the playbooks of ${file} have errors`);
    },
  );
  return { ...reached, hosts };
}

/** How the hosts of an inventory are reached: its secrets read, ssh_config asked, a transport made. Throws UsageError. */
export async function prepareReach(
  file: string,
  written: Inventory,
  options: RunOptions,
  io: Io,
): Promise<Omit<Run, 'hosts'>> {
  const loaded = await withPrompts(written, options);
  const streams = { input: io.input, output: io.err };
  const { inventory: known, problems } = await resolveSecrets(loaded, {
    env: io.env,
    prompt: (text) => askSecret(text, streams),
  });
  const grave = problems.filter(({ rule }) => options.despiteErrors !== true || !rule.startsWith('auth-'));
  if (grave.length > 0) io.err.write(renderProblems(grave, styleFor(io.err, io, options)));
  if (grave.some(isError)) {
    throw new InvalidInventoryError(`secrets of ${file} could not be read`);
  }
  const { inventory, notes } = await resolveSshConfig(known, { homeDirectory: homedir(), env: io.env });
  for (const note of notes) io.err.write(`note: ${note}\n`);
  const redact = createRedactor([
    ...listSecrets(inventory).map((secret) => secret.reveal()),
    ...writtenPasswords(inventory),
  ]);
  io.masks?.(redact);
  const acceptedKeys: string[] = [];
  const onHostKeyAccepted = ({ name, keyType, fingerprint, file: into }: AcceptedHostKey): void => {
    acceptedKeys.push(`new host key of ${name} (${keyType} ${fingerprint}) added to ${into}\n`);
  };
  const clients = {
    ssh2: () =>
      createSsh2Transport({ homeDirectory: homedir(), agentSocket: io.env['SSH_AUTH_SOCK'], onHostKeyAccepted }),
    openssh: () => createOpensshTransport({ env: io.env, onHostKeyAccepted }),
  };
  const found = createFoundNeeds();
  const newTransport =
    options.from === undefined
      ? (): Transport => chosenTransport(clients, found)
      : transportsFrom(options.from, inventory, io, onHostKeyAccepted);
  return { inventory, transport: newTransport(), newTransport, found, redact, acceptedKeys };
}

/** Prepares a run, works with it, and closes its connections. Throws UsageError, and what the work throws. */
export async function withRun<T>(
  file: string,
  options: RunOptions,
  io: Io,
  work: (run: Run) => Promise<T>,
): Promise<T> {
  const run = await prepareRun(file, options, io);
  try {
    return await work(run);
  } finally {
    run.transport.close();
  }
}

/** Passwords as keepalived.conf holds them. */
function writtenPasswords({ clusters }: Inventory): readonly string[] {
  return clusters.flatMap(({ vrrp_instances }) =>
    vrrp_instances.flatMap(({ auth_pass }) => (auth_pass === undefined ? [] : [effectivePassword(auth_pass.reveal())])),
  );
}
