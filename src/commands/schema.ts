import { inventoryJsonSchema } from '../inventory/schema/inventory.ts';
import { EXIT, type ExitCode, type Io } from './io.ts';

/** `haprov schema`: the JSON Schema (draft 7) of inventories. */
export async function schema(io: Io): Promise<ExitCode> {
  io.out.write(`${JSON.stringify(inventoryJsonSchema(), null, 2)}\n`);
  return EXIT.done;
}
