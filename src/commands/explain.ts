import { inventoryJsonSchema } from '../inventory/schema/inventory.ts';
import { explain as explainWord, type SchemaKey } from '../ui/explain/explain.ts';
import { renderExplanations } from '../ui/explain/explain-view.ts';
import { jsonDocument } from '../ui/terminal/json.ts';
import { type CommonOptions, EXIT, type ExitCode, type Io, styleFor } from './io.ts';

/** `haprov explain WORD`: a key, a rule of lint or a check of the doctor, in words. */
export async function explain(word: string, options: CommonOptions, io: Io): Promise<ExitCode> {
  const explanations = explainWord(word, schemaKeys(inventoryJsonSchema()));
  if (options.json === true) {
    const entries = explanations.map(({ title, rows }) => ({
      title,
      rows: rows.map(([label, text]) => ({ label, text })),
    }));
    io.out.write(jsonDocument({ format: 1, word, explanations: entries }, (text) => text));
  } else io.out.write(renderExplanations(explanations, styleFor(io.out, io, options)));
  return EXIT.done;
}

/** Every property of a JSON Schema that has a description, its own or of what it refers to, at any depth. */
function schemaKeys(schema: object): SchemaKey[] {
  const definitions = 'definitions' in schema && isRecord(schema.definitions) ? schema.definitions : {};
  const textOf = (value: unknown): string | undefined => {
    if (!isRecord(value)) return undefined;
    const { description, $ref } = value;
    if (typeof description === 'string') return description;
    return typeof $ref === 'string' ? textOf(definitions[$ref.replace('#/definitions/', '')]) : undefined;
  };
  const walk = (part: unknown): SchemaKey[] => {
    if (typeof part !== 'object' || part === null) return [];
    const own = 'properties' in part && isRecord(part.properties) ? Object.entries(part.properties) : [];
    const described = own.flatMap(([key, value]) => {
      const description = textOf(value);
      return description === undefined ? [] : [{ key, description }];
    });
    return [...described, ...Object.values(part).flatMap(walk)];
  };
  return walk(schema);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
