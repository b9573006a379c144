import { z } from 'zod';
import type { Subject } from '../reader/subject.ts';
import { STATE_DIRECTORY } from './state-directory.ts';

/** Where a host keeps what its last runs changed: one line of JSON a run, `<run>.json`, for root alone. */
export const RUNS_DIRECTORY = `${STATE_DIRECTORY}/runs`;

/** Sorts by the time of the run's start. */
export const runId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,80}$/);

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const path = z.string().startsWith('/');
const version = z.object({ sha256, mode: z.string().regex(/^[0-7]{4}$/), owner: z.string(), group: z.string() });

const recordedChange = z.object({
  task: z.string(),
  module: z.string(),
  action: z.string(),
  target: z.string(),
  detail: z.string(),
  notify: z.array(z.string()),
  /** Of a change of a service: its unit without `.service`. */
  unit: z.string().optional(),
  /** How it is taken back; null where nothing was to be. */
  undo: z
    .object({
      describe: z.string(),
      /** Absent where a file's content was replaced: `file` says it all then. */
      script: z.string().optional(),
      /** `Undo.needed` and `Undo.redo`. */
      needed: z.string().optional(),
      redo: z.string().optional(),
      file: z
        .object({ path, before: version.nullable(), after: sha256.nullable(), between: z.array(sha256).optional() })
        .optional(),
    })
    .nullable(),
});

/** A record as its file has it. Holds no secret. */
export const runRecordShape = z.object({
  format: z.literal(1),
  run: runId,
  /** alice@ops1 */
  who: z.string(),
  /** "apply prod.yaml" */
  why: z.string(),
  /** ISO 8601, by the clock of the machine that ran haprov. */
  at: z.string(),
  cluster: z.string(),
  /** Host id. */
  host: z.string(),
  /**
   * open: begun and never closed, any part of it may have been done. done: all of it stands. put-back: it failed, and the
   * old state came back. undone: a later run took it back.
   */
  state: z.enum(['open', 'done', 'put-back', 'undone']),
  /** What was planned, in its order. */
  changes: z.array(recordedChange),
});

/** What one run changed on one host, or meant to. */
export type RunRecord = z.infer<typeof runRecordShape>;
export type RunState = RunRecord['state'];
export type RecordedChange = RunRecord['changes'][number];

/** What a host's last runs changed, the newest first. Key: always `runs`. Records of an unknown form are an error. */
export const runsSubject: Subject<'runs', readonly RunRecord[]> = {
  name: 'run records',
  script: () =>
    `for f in ${RUNS_DIRECTORY}/*.json; do [ ! -f "$f" ] || { printf '%s\\t' "\${f##*/}"; head -n 1 -- "$f"; echo; }; done`,
  parse: (output) => [
    output
      .split('\n')
      .filter((line) => line !== '')
      .map(parseRecord)
      .toSorted((a, b) => (a.run < b.run ? 1 : a.run > b.run ? -1 : 0)),
  ],
};

function parseRecord(line: string): RunRecord {
  const [name = '', json = ''] = line.split('\t', 2);
  try {
    return runRecordShape.parse(JSON.parse(json));
  } catch {
    throw new Error(`${RUNS_DIRECTORY}/${name} is no record that this haprov can read`);
  }
}
