import type { Inventory, Problem } from '../inventory/model.ts';
import { sortProblems } from '../inventory/problem.ts';
import { proveInventory } from '../inventory/proof.ts';
import { readInventory } from '../inventory/read.ts';
import { lintSecrets } from '../inventory/resolve-secrets.ts';
import { bindPlaybooks } from '../plan/bind-playbooks.ts';
import { PlaybookError } from '../playbook/read.ts';
import { lintJson, renderLint } from '../ui/plan/lint-view.ts';
import { jsonDocument } from '../ui/terminal/json.ts';
import { type CommonOptions, EXIT, type ExitCode, type Io, styleFor } from './io.ts';
import { sourceLines } from './source-lines.ts';

/** `haprov lint`: all that can be known without a host, with the proof that each VIP fails over. */
export async function lint(file: string, options: CommonOptions, io: Io): Promise<ExitCode> {
  const { inventory, draft, problems: found } = await readInventory(file);
  const problems = sortProblems([
    ...found,
    ...(draft === undefined ? [] : await lintSecrets(draft, { env: io.env })),
    ...(inventory === undefined ? [] : await lintPlaybooks(inventory)),
  ]);
  if (options.json === true) io.out.write(jsonDocument(lintJson(problems), (text) => text));
  else {
    const proofs = draft === undefined ? [] : proveInventory(draft);
    const view = { verbose: options.verbose === true, sourceOf: sourceLines() };
    io.out.write(renderLint(problems, styleFor(io.out, io, options), proofs, view));
  }
  return problems.some((problem) => problem.severity === 'error') ? EXIT.usage : EXIT.done;
}

/** Playbooks are checked by binding them; secrets stay masked, and unresolved ones are never rendered. */
async function lintPlaybooks(inventory: Inventory): Promise<readonly Problem[]> {
  try {
    await bindPlaybooks(inventory, { redact: (text) => text });
    return [];
  } catch (error) {
    if (error instanceof PlaybookError) return error.problems;
    throw error;
  }
}
