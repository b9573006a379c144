import { mkdir, stat, writeFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import pLimit from 'p-limit';
import { UsageError } from '../errors.ts';
import { createReader } from '../facts/reader/reader.ts';
import type { Inventory } from '../inventory/model.ts';
import { formatProblem, parseInventory } from '../inventory/read.ts';
import { adoptHosts, troubleText } from '../plan/adopt/adopt.ts';
import type { SecretForm } from '../plan/adopt/auth-lines.ts';
import { hostsInventory, reachLines } from '../plan/adopt/hosts-inventory.ts';
import type { BesideFile, FoundHost, Line, Part } from '../plan/adopt/model.ts';
import { proveAdoption } from '../plan/adopt/prove.ts';
import { readFoundHost } from '../plan/adopt/read-host.ts';
import { renderAdopted } from '../plan/adopt/render.ts';
import type { Transport } from '../transport/session.ts';
import { renderError } from '../ui/terminal/error-view.ts';
import { jsonDocument } from '../ui/terminal/json.ts';
import { visibleLine } from '../ui/terminal/text.ts';
import { EXIT, type ExitCode, type Io, styleFor } from './io.ts';
import { reachedBy, type TargetOptions } from './load.ts';
import type { PasswordOptions } from './passwords.ts';
import { prepareReach } from './prepare-run.ts';

export interface AdoptCommandOptions extends TargetOptions, PasswordOptions {
  readonly out: string;
  readonly secrets: SecretForm;
  readonly user?: string;
  readonly identityFile?: string;
  readonly knownHosts?: string;
  readonly become?: boolean;
  readonly force?: boolean;
}

/** `haprov adopt`: reads hosts that run keepalived already and writes the inventory that keeps it all. Changes no host. */
export async function adopt(words: readonly string[], options: AdoptCommandOptions, io: Io): Promise<ExitCode> {
  const said = {
    ...(options.user === undefined ? {} : { user: options.user }),
    ...(options.identityFile === undefined ? {} : { identity_file: options.identityFile }),
    ...(options.knownHosts === undefined ? {} : { known_hosts_file: options.knownHosts }),
    ...(options.jump === undefined ? {} : { proxy_jump: options.jump.split(',') }),
    ...(options.become === false ? { become: false } : {}),
  };
  const { inventory: asked, own } = hostsInventory(words, said, {
    homeDirectory: homedir(),
    user: userInfo().username,
  });
  await refuseOld(options);
  const reach = await prepareReach('the command line', reachedBy(asked, options), options, io);
  const { found, failed } = await readAll(reach.inventory, reach.transport, io).finally(() => reach.transport.close());
  for (const line of reach.acceptedKeys) io.err.write(line);
  if (failed.length > 0) {
    const style = styleFor(io.err, io, options, reach.redact);
    for (const error of failed) io.err.write(renderError(error, style, { verbose: options.verbose === true }));
    return io.signal.aborted ? EXIT.interrupted : EXIT.failed;
  }
  const hosts = found.map((host): FoundHost => {
    const ssh = own.get(host.name);
    return ssh === undefined ? host : { ...host, ssh };
  });
  const part = adoptHosts(hosts, { secrets: options.secrets });
  const lines = [...reachLines(said), ...part.lines];
  if (part.refused.length > 0) return refuse(part, options, io);
  const text = renderAdopted(lines, headOf(found, options));
  const problems = parseInventory(text, whereOf(options.out)).problems;
  const proof = prove(lines, part.files, found, options.out);
  await writeAll(text, part.files, options);
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (options.json === true) {
    io.out.write(
      jsonDocument(
        { inventory: options.out, files: written(part.files), notes: part.notes, changes: proof, problems },
        reach.redact,
      ),
    );
  } else tell(part, proof, problems.map(formatProblem), options, io);
  return errors.length > 0 || proof.length > 0 ? EXIT.failed : EXIT.done;
}

async function readAll(
  inventory: Inventory,
  transport: Transport,
  { signal }: Io,
): Promise<{ readonly found: readonly FoundHost[]; readonly failed: readonly unknown[] }> {
  const limit = pLimit(inventory.forks);
  const hosts = inventory.clusters.flatMap((cluster) => cluster.hosts);
  const ended = await Promise.allSettled(
    hosts.map((host) =>
      limit(async () => readFoundHost(host, createReader(await transport.connect(host, signal), signal).ask)),
    ),
  );
  return {
    found: ended.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])),
    failed: ended.flatMap((one): readonly unknown[] => (one.status === 'rejected' ? [one.reason] : [])),
  };
}

/** With the secrets' values in place of their names: it is thrown away afterwards. */
function prove(
  lines: readonly Line[],
  files: readonly BesideFile[],
  found: readonly FoundHost[],
  out: string,
): Part['notes'] {
  const literal = lines.map((line): Line => {
    if (line.path.at(-1) !== 'auth_pass') return line;
    const named = JSON.stringify(line.value);
    const file = files.find(
      ({ path, variable }) => named.includes(`"./${path}"`) || named === JSON.stringify({ env: variable }),
    );
    return { ...line, value: file?.text.trim() ?? '' };
  });
  const { inventory, draft } = parseInventory(renderAdopted(literal, ''), whereOf(out));
  const read = inventory ?? draft;
  return read === undefined ? [] : proveAdoption(read, found, files);
}

function whereOf(file: string): Parameters<typeof parseInventory>[1] {
  return { file, directory: dirname(resolve(file)), homeDirectory: homedir(), user: userInfo().username };
}

function refuse({ refused }: Part, options: AdoptCommandOptions, io: Io): ExitCode {
  if (options.json === true) io.out.write(jsonDocument({ refused }, (text) => text));
  else {
    io.err.write('These hosts go into no inventory as they are; nothing was written:\n');
    for (const one of refused) io.err.write(`  ${visibleLine(troubleText(one))}\n`);
  }
  return EXIT.failed;
}

function tell(
  part: Part,
  proof: Part['notes'],
  problems: readonly string[],
  options: AdoptCommandOptions,
  io: Io,
): void {
  const list = (title: string, lines: readonly string[]): void => {
    if (lines.length > 0) io.err.write(`${title}\n${lines.map((line) => `  ${visibleLine(line)}\n`).join('')}`);
  };
  list('To know:', part.notes.map(troubleText));
  list('lint says:', problems);
  list('Not as it was:', proof.map(troubleText));
  const { out } = options;
  const variables = part.files.flatMap(({ variable }) => variable ?? []);
  io.err.write(
    `Wrote ${out}${written(part.files).length === 0 ? '' : `, and beside it ${written(part.files).join(', ')}`}\n`,
  );
  if (variables.length > 0)
    io.err.write(`Set ${variables.join(', ')} to the passwords that stand in keepalived.conf now.\n`);
  io.err.write(`Next: haprov plan ${out}\n`);
}

function headOf(hosts: readonly FoundHost[], { out }: AdoptCommandOptions): string {
  const names = hosts.map(({ name }) => name).join(', ');
  return `Adopted by haprov from ${names}: what keepalived runs there, each line with the place where it was found.\nhaprov plan ${out} shows what an apply would do.`;
}

function written(files: readonly BesideFile[]): readonly string[] {
  return files.flatMap(({ path, variable }) => (variable === undefined ? [path] : []));
}

async function refuseOld({ out, force }: AdoptCommandOptions): Promise<void> {
  if (force === true) return;
  const there = await stat(out).then(
    () => true,
    () => false,
  );
  if (there)
    throw new UsageError(`${out} is there already, and stays as it is`, {
      next: 'Name another file with --out, or add --force.',
    });
}

/** Files first: an inventory never names what is not there. Whoever reads them, secrets are the user's alone. */
async function writeAll(text: string, files: readonly BesideFile[], { out }: AdoptCommandOptions): Promise<void> {
  const all = [
    ...files.flatMap((file) => (file.variable === undefined ? [{ ...file, path: join(dirname(out), file.path) }] : [])),
    { path: out, text, mode: 0o600 },
  ];
  for (const { path, text: content, mode } of all) {
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeFile(path, content, { mode });
    } catch (error) {
      throw new UsageError(`cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }
}
