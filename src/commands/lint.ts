import { proveInventory } from '../inventory/proof.ts';
import { readInventory } from '../inventory/read.ts';
import { lintSecrets } from '../inventory/resolve-secrets.ts';
import { bindPlaybooks } from '../plan/bind-playbooks.ts';
import { jsonDocument } from '../ui/json.ts';
import { lintJson, renderLint } from '../ui/lint-view.ts';
import { type CommonOptions, EXIT, type ExitCode, type Io, styleFor } from './io.ts';

/** `haprov lint`: all that can be known without a host, with the proof that each VIP fails over. */
export async function lint(file: string, options: CommonOptions, io: Io): Promise<ExitCode> {
  const { inventory, draft, problems: found } = await readInventory(file);
  const problems = [...found, ...(draft === undefined ? [] : await lintSecrets(draft, { env: io.env }))];
  // Playbooks are checked by binding them; secrets stay masked, and unresolved ones are never rendered.
  if (inventory !== undefined) await bindPlaybooks(inventory, { redact: (text) => text });
  if (options.json === true) io.out.write(jsonDocument(lintJson(problems), (text) => text));
  else {
    const proofs = draft === undefined ? [] : proveInventory(draft);
    io.out.write(renderLint(problems, styleFor(io.out, io, options), proofs, { verbose: options.verbose === true }));
  }
  return problems.some((problem) => problem.severity === 'error') ? EXIT.usage : EXIT.done;
}
