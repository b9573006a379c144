import type { Subject } from '../facts/reader/subject.ts';
import { STATE_DIRECTORY } from '../facts/state/state-directory.ts';
import { type RunRecord, runRecordShape } from './run-record.ts';
import { fromFormat1 } from './run-records-0-1.ts';

/** Where a host keeps what its last runs changed: one line of JSON a run, `<run>.json`, for root alone. */
export const RUNS_DIRECTORY = `${STATE_DIRECTORY}/runs`;

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
    const record: unknown = JSON.parse(json);
    return fromFormat1(record) ?? runRecordShape.parse(record);
  } catch {
    throw new Error(`${RUNS_DIRECTORY}/${name} is no record that this haprov can read`);
  }
}
