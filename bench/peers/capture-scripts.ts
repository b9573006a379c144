import { UsageError } from '../../src/errors.ts';
import { createReader } from '../../src/facts/reader/reader.ts';
import { readInventory } from '../../src/inventory/read.ts';
import { resolveSecrets } from '../../src/inventory/resolve-secrets.ts';
import { bindPlaybooks } from '../../src/plan/bind-playbooks.ts';
import { planHost } from '../../src/plan/plan-host.ts';

/** The script that haprov asks each host's facts with, by host name, taken from its reader without a connection. */
export async function captureScripts(inventoryFile: string): Promise<ReadonlyMap<string, string>> {
  const read = await readInventory(inventoryFile);
  if (read.inventory === undefined) throw new UsageError(`${inventoryFile} has errors: ${read.problems[0]?.message}`);
  const prompt = async () => '';
  const { inventory } = await resolveSecrets(read.inventory, { env: process.env, prompt });
  const captured = new Map<string, string>();
  for (const tasks of await bindPlaybooks(inventory, { redact: (text) => text })) {
    const session = {
      host: tasks.host,
      run: async (script: string) => {
        captured.set(tasks.host.name, script);
        throw new Error('captured');
      },
    };
    await planHost(tasks, createReader(session).ask).catch(() => undefined);
  }
  return captured;
}
