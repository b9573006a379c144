import { open } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { dirname, resolve } from 'node:path';
import { BrokenPlaces } from './broken.ts';
import type { Where } from './build/context.ts';
import { buildInventory } from './build/inventory.ts';
import { checkWhole } from './check/whole.ts';
import { type Composed, compose, type SourceFile } from './compose/compose.ts';
import { type Loaded, patternsOf, readIncludes } from './compose/include.ts';
import { decodeInventory, MAX_BYTES } from './decode.ts';
import { explainIssues, type ShapeFinding } from './issues.ts';
import { checkLocalFiles, listLocalFiles } from './local-files.ts';
import type { Inventory, Problem } from './model.ts';
import { type Finding, isError, sortProblems } from './problem.ts';
import { repair } from './repair.ts';
import { check as checkSchema } from './schema/instance.ts';
import { includedSchema, inventorySchema, type WrittenInventory } from './schema/inventory.ts';
import { parseYaml, type YamlSource } from './yaml-source.ts';

export { formatProblem } from './problem.ts';

/** An inventory and what is wrong with it: `inventory` is undefined exactly when a problem is an error. */
export interface ReadInventory {
  readonly inventory: Inventory | undefined;
  /**
   * What was understood in spite of errors, without the instances in which a value had to be guessed: for explaining
   * the errors, never for connecting to anything.
   */
  readonly draft?: Inventory;
  /** Nothing of `draft` had to be guessed: all errors are about what it means, as a VIP that will not move. */
  readonly intact?: boolean;
  readonly problems: readonly Problem[];
}

/** Reads and checks an inventory file and the scripts it names. Never throws: an unreadable file is a problem at 1:1. */
export async function readInventory(file: string): Promise<ReadInventory> {
  let bytes: Uint8Array;
  try {
    bytes = await readBytes(file);
  } catch (error) {
    return failed(file, 'unreadable', unreadable(error));
  }
  const decoded = decodeInventory(bytes);
  if ('reason' in decoded) return failed(file, 'encoding', decoded.reason, decoded);
  const where = { file, directory: dirname(resolve(file)), homeDirectory: homedir(), user: userInfo().username };
  const main = parseYaml(decoded.text, file);
  const { files, problems } =
    main.source === undefined ? NO_FILES : await readIncludes(asFile(main.source, where), loadFile);
  const checked = checkSource(main, where, files, problems);
  return finish(checked, await checkLocalFiles(checked.guessed === undefined ? [] : listLocalFiles(checked.guessed)));
}

/** Checks an inventory's text. Pure; never throws; every problem of the shape and of the whole comes at once. */
export function parseInventory(text: string, where: Where): ReadInventory {
  return finish(checkText(text, where), []);
}

const NO_FILES = { files: [], problems: [] } as const;

function asFile(source: YamlSource, { file, directory }: Where): SourceFile {
  return { file, directory, source };
}

/** Reads a file that an inventory includes. */
async function loadFile(path: string, shown: string): Promise<Loaded> {
  const fail = (message: string, { line, column } = { line: 1, column: 1 }, rule = 'include'): Loaded => ({
    source: undefined,
    problems: [{ file: shown, line, column, severity: 'error', rule, message }],
  });
  let bytes: Uint8Array;
  try {
    bytes = await readBytes(path);
  } catch (error) {
    return fail(unreadable(error));
  }
  const decoded = decodeInventory(bytes);
  return 'reason' in decoded ? fail(decoded.reason, decoded, 'encoding') : parseYaml(decoded.text, shown);
}

interface CheckedText {
  /** The inventory as far as it could be made out; only without errors is it one. */
  readonly guessed: Inventory | undefined;
  readonly draft: Inventory | undefined;
  readonly intact: boolean;
  readonly problems: readonly Problem[];
  locate(finding: Finding): Problem;
}

function checkText(text: string, where: Where): CheckedText {
  const main = parseYaml(text, where.file);
  const stray = main.source === undefined ? [] : patternsOf({ source: main.source });
  const { locate } = main.source ?? {};
  const problems = stray.flatMap(({ path }): Problem[] => {
    const place = locate?.(path) ?? { line: 1, column: 1 };
    const message = 'a text by itself includes no file; read the inventory from its file';
    return [{ file: where.file, line: place.line, column: place.column, severity: 'error', rule: 'include', message }];
  });
  return checkSource(main, where, [], problems);
}

function checkSource(
  main: ReturnType<typeof parseYaml>,
  where: Where,
  files: readonly SourceFile[],
  more: readonly Problem[],
): CheckedText {
  const { source } = main;
  const whole = source === undefined ? undefined : compose(asFile(source, where), files);
  const problems = [...main.problems, ...more, ...(whole?.problems ?? [])];
  const locate = ({ path, at, severity, rule, message }: Finding): Problem => {
    const { line, column, file = where.file } = whole?.locate(path, at) ?? { line: 1, column: 1 };
    return { file, line, column, severity, rule, message };
  };
  if (whole === undefined) return { guessed: undefined, draft: undefined, intact: false, problems, locate };
  const { inventory, sound, shaped, findings } = checkData(whole, where);
  const intact = shaped && !problems.some(isError);
  const foreign = files.flatMap((file) => checkFile(file));
  return {
    guessed: inventory,
    draft: sound,
    intact,
    problems: [...problems, ...foreign, ...findings.map(locate)],
    locate,
  };
}

/** What is wrong with an included file beside its clusters, which are checked with all others. */
function checkFile({ file, source }: SourceFile): Problem[] {
  const { data, locate } = source;
  const isMap = typeof data === 'object' && data !== null && !Array.isArray(data);
  const parsed = includedSchema.safeParse(isMap ? { ...data, clusters: undefined } : data);
  if (parsed.success) return [];
  return explainIssues(parsed.error.issues, data).flatMap((finding): Problem[] => {
    const { line, column } = locate(finding.path, finding.at);
    // Keys for the first file alone compose() has named.
    if (finding.unknown === true) return [];
    return [{ file, line, column, severity: finding.severity, rule: finding.rule, message: finding.message }];
  });
}

function finish({ guessed, draft, intact, problems, locate }: CheckedText, more: readonly Finding[]): ReadInventory {
  const all = sortProblems([...problems, ...more.map(locate)]);
  return {
    inventory: all.some(isError) ? undefined : guessed,
    ...(draft === undefined ? {} : { draft, intact }),
    problems: all,
  };
}

interface CheckedData {
  readonly inventory: Inventory | undefined;
  readonly sound: Inventory | undefined;
  /** Every value has its type and range. */
  readonly shaped: boolean;
  readonly findings: Finding[];
}

function checkData(source: Composed, where: Where): CheckedData {
  const { data, locate, directoryOf } = source;
  const parsed = inventorySchema.safeParse(data);
  const shape = parsed.success ? [] : explainIssues(parsed.error.issues, data);
  const written = parsed.success ? parsed.data : salvage(data, shape);
  if (written === undefined) return { inventory: undefined, sound: undefined, shaped: false, findings: shape };
  const inventory = buildInventory(written, {
    ...where,
    locate,
    directoryOf,
    checkDefaults: (cluster) => checkSchema.catch({}).parse(source.checkDefaults(cluster)),
  });
  const broken = new BrokenPlaces(shape.filter((finding) => finding.unknown !== true).map(({ path }) => path));
  const whole = checkWhole(written, inventory).filter(({ path, involves = [] }) => {
    return !broken.holds(path) && !involves.some((other) => broken.touches(other));
  });
  return {
    inventory,
    sound: withoutGuesses(inventory, broken),
    shaped: shape.length === 0,
    findings: [...shape, ...whole],
  };
}

/** What of a badly shaped inventory the checks of the whole can still look at. */
function salvage(data: unknown, findings: readonly ShapeFinding[]): WrittenInventory | undefined {
  const repaired = repair(data, findings);
  const again = inventorySchema.safeParse(repaired);
  if (again.success) return again.data;
  const hard = explainIssues(again.error.issues, repaired).some((finding) => finding.hard || finding.unknown === true);
  // What is left are values of the right type and a wrong range or format, which the model's types allow.
  return hard ? undefined : (repaired as WrittenInventory);
}

/** An inventory without the instances that a broken value is part of. */
function withoutGuesses(inventory: Inventory, broken: BrokenPlaces): Inventory {
  const clusters = inventory.clusters.map((cluster) => {
    const path = ['clusters', cluster.name];
    const shared = ['hosts', 'service'].some((key) => broken.touches([...path, key]));
    const instances = cluster.vrrp_instances.filter(
      ({ name }) => !shared && !broken.touches([...path, 'vrrp_instances', name]),
    );
    return { ...cluster, vrrp_instances: instances };
  });
  return { ...inventory, clusters };
}

function failed(file: string, rule: string, message: string, at = { line: 1, column: 1 }): ReadInventory {
  const problem: Problem = { file, line: at.line, column: at.column, severity: 'error', rule, message };
  return { inventory: undefined, problems: [problem] };
}

/** At most one byte more than an inventory may have, so that a device or a pipe cannot fill the memory. */
async function readBytes(file: string): Promise<Uint8Array> {
  const handle = await open(file, 'r');
  try {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of handle.createReadStream({ autoClose: false, end: MAX_BYTES })) {
      const bytes: Uint8Array = chunk;
      chunks.push(bytes);
      length += bytes.length;
      if (length > MAX_BYTES) break;
    }
    return Buffer.concat(chunks);
  } finally {
    await handle.close();
  }
}

function unreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file; `haprov init` writes an inventory to start from';
  if (code === 'EISDIR') return 'this is a directory, not a file';
  if (code === 'EACCES' || code === 'EPERM') return 'no permission to read this file';
  return `cannot read this file: ${error instanceof Error ? error.message : String(error)}`;
}
