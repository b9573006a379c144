import { judgePassword } from '../keepalived/kinds/password.ts';
import { judgeWebhook } from './check/secrets.ts';
import type { Inventory, Problem } from './model.ts';
import { sortProblems } from './problem.ts';
import { Secret, type SecretSource } from './secret.ts';
import { localSources, type SecretSources } from './secret-sources.ts';
import { listSecretUses, mapSecrets, type SecretUse } from './walk-secrets.ts';

type Outcome = { readonly value: string } | { readonly reason: string };

/** What a run needs: the inventory with every secret known, or all the reasons why not. */
export interface ResolvedSecrets {
  readonly inventory: Inventory;
  /** Errors; with any of them the run must not begin (exit code 3). */
  readonly problems: readonly Problem[];
}

/**
 * Fetches every secret once per distinct source, one after the other, so that programs and prompts that ask a person do
 * not mix. `given` stands in for this machine's sources. Every missing one is reported, at the place where the inventory names it; no message holds a value.
 */
export async function resolveSecrets(
  inventory: Inventory,
  given: Partial<SecretSources> = {},
): Promise<ResolvedSecrets> {
  const sources = { ...localSources(), ...given };
  const uses = listSecretUses(inventory);
  const outcomes = new Map<string, Outcome>();
  for (const { secret } of uses) {
    const key = keyOf(secret.source);
    if (!outcomes.has(key)) outcomes.set(key, await fetchSecret(secret, inventory.directory, sources));
  }
  const problems = uses.flatMap(({ secret, use }) => {
    const outcome = outcomes.get(keyOf(secret.source));
    return outcome === undefined ? [] : judge(secret, use, outcome, inventory.file);
  });
  const resolved = mapSecrets(inventory, (secret) => {
    const outcome = outcomes.get(keyOf(secret.source));
    return outcome !== undefined && 'value' in outcome
      ? new Secret(secret.source, outcome.value, secret.where)
      : secret;
  });
  return { inventory: resolved, problems: sortProblems(problems) };
}

/**
 * What lint can say of the secrets without running a program or asking anybody: an unset variable or an unreadable
 * file is a warning, a value that VRRP cannot use is an error.
 */
export async function lintSecrets(inventory: Inventory, given: Partial<SecretSources> = {}): Promise<Problem[]> {
  const sources = { ...localSources(), ...given };
  const found: Problem[] = [];
  const outcomes = new Map<string, Promise<Outcome>>();
  for (const { secret, use } of listSecretUses(inventory)) {
    if (!('env' in secret.source || 'file' in secret.source)) continue;
    const key = keyOf(secret.source);
    const outcome = outcomes.get(key) ?? fetchSecret(secret, inventory.directory, sources);
    outcomes.set(key, outcome);
    const known = await outcome;
    const problems = judge(secret, use, known, inventory.file);
    found.push(...problems.map((one): Problem => ('value' in known ? one : { ...one, severity: 'warning' })));
  }
  return sortProblems(found);
}

/** Every secret of an inventory, for the redactor. */
export function listSecrets(inventory: Inventory): Secret[] {
  return listSecretUses(inventory).map(({ secret }) => secret);
}

function keyOf(source: SecretSource): string {
  return JSON.stringify(source);
}

async function fetchSecret(secret: Secret, directory: string, sources: SecretSources): Promise<Outcome> {
  const { source } = secret;
  try {
    if (secret.resolved) return { value: secret.reveal() };
    if ('env' in source) {
      const value = Object.hasOwn(sources.env, source.env) ? sources.env[source.env] : undefined;
      return value === undefined
        ? { reason: `the environment variable ${source.env} is not set` }
        : usable(value, source.env);
    }
    if ('file' in source) return usable(await sources.readFile(source.file), source.file);
    if ('command' in source)
      return usable(await sources.runCommand(source.command, directory), source.command[0] ?? '');
    return 'prompt' in source
      ? usable(await sources.prompt(source.prompt), 'the answer')
      : { reason: 'it has no source' };
  } catch (error) {
    return { reason: explain(source, error) };
  }
}

/** One line end at the end is the editor's, not the secret's. */
function usable(raw: string, origin: string): Outcome {
  const value = raw.replace(/\r?\n$/, '');
  if (value === '') return { reason: `${origin} is empty` };
  if (/\p{Cc}/u.test(value)) return { reason: `${origin} holds more than one line, or control characters` };
  return { value };
}

function explain(source: SecretSource, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  if ('file' in source) {
    if (code === 'ENOENT') return `there is no file ${source.file}`;
    return `cannot read ${source.file}: ${code ?? (error instanceof Error ? error.message : String(error))}`;
  }
  return error instanceof Error ? error.message : String(error);
}

function judge(secret: Secret, use: SecretUse, outcome: Outcome, file: string): Problem[] {
  const place = { file, ...(secret.where ?? { line: 1, column: 1 }), severity: 'error' } as const;
  if ('reason' in outcome)
    return [{ ...place, rule: 'secret-missing', message: `no ${nameOf(use)}: ${outcome.reason}` }];
  if (typeof use === 'object')
    return judgePassword(use.keyword, outcome.value).map((finding) => ({ ...place, ...finding }));
  const message =
    use === 'slack_webhook' || use === 'webhook'
      ? judgeWebhook(outcome.value, use === 'webhook' ? 'url' : use)
      : undefined;
  return message === undefined ? [] : [{ ...place, rule: 'webhook', message }];
}

function nameOf(use: SecretUse): string {
  return typeof use === 'object' ? use.keyword : NAMES[use];
}

const NAMES: Readonly<Record<Extract<SecretUse, string>, string>> = {
  password: 'SSH password',
  identity_passphrase: 'passphrase of the SSH key',
  become: 'sudo password',
  slack_webhook: 'Slack webhook',
  webhook: 'URL of the webhook',
  webhook_key: 'key of the webhook',
};
