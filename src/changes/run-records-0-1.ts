import { z } from 'zod';
import type { ChangeData } from './registry.ts';
import { changeHeading, type RecordedChange, type RunRecord, recordHeading } from './run-record.ts';
import { pathShape, sha256Shape, versionShape } from './version.ts';

// Reason to be: hosts keep records of thirty runs, those of haprov 0.1 among them, and each can be rolled back. Format 1 held
// scripts for everything but the content of a file.
const shape = z.object({
  format: z.literal(1),
  ...recordHeading,
  changes: z.array(
    z.object({
      ...changeHeading,
      undo: z
        .object({
          describe: z.string(),
          /** Absent where a file's content was replaced: `file` says it all then. */
          script: z.string().optional(),
          needed: z.string().optional(),
          redo: z.string().optional(),
          file: z
            .object({
              path: pathShape,
              before: versionShape.nullable(),
              after: sha256Shape.nullable(),
              between: z.array(sha256Shape).optional(),
            })
            .optional(),
        })
        .nullable(),
    }),
  ),
});

type OldChange = z.infer<typeof shape>['changes'][number];

/** A record of haprov 0.1 in today's form; undefined where it is of another one. Throws ZodError where it is broken. */
export function fromFormat1(record: unknown): RunRecord | undefined {
  if (!z.object({ format: z.literal(1) }).safeParse(record).success) return undefined;
  const { changes, ...heading } = shape.parse(record);
  return { ...heading, format: 2, changes: changes.map(changeOf) };
}

function changeOf({ undo, ...heading }: OldChange): RecordedChange {
  return { ...heading, data: dataOf(heading, undo) };
}

function dataOf({ action, target, unit }: Omit<OldChange, 'undo'>, undo: OldChange['undo']): ChangeData[] {
  if (undo === null) {
    return action === 'stop' && unit !== undefined
      ? [{ kind: 'unit', target: unit, before: 'running', after: 'stopped' }]
      : [];
  }
  const { describe, script, needed, redo, file } = undo;
  if (script !== undefined) {
    const again = redo === undefined ? {} : { script: redo };
    const probe = needed === undefined ? {} : { probe: needed };
    return [
      {
        kind: 'script',
        describe: `${action} ${target} again`,
        describeBack: describe,
        ...again,
        back: script,
        ...probe,
      },
    ];
  }
  if (file === undefined) return [];
  const { path, before, after, between } = file;
  // Of the version that the run wrote only the hash was recorded; a rollback looks at nothing else of it.
  const attributes = before ?? { mode: '0644', owner: 'root', group: 'root' };
  return [
    {
      kind: 'file',
      target: path,
      before,
      after: after === null ? null : { ...attributes, sha256: after },
      ...(between === undefined ? {} : { between }),
    },
  ];
}
