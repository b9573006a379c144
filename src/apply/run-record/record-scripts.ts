import { createHash } from 'node:crypto';
import { RUNS_DIRECTORY, type RunRecord, type RunState, runRecordShape } from '../../facts/runs.ts';
import { STATE_DIRECTORY } from '../../facts/state-directory.ts';
import type { Step } from '../../tasks/change.ts';

/** Records that a host keeps. */
const KEPT = 30;

/** Writes a record on its host, on disk and for root alone, before the first of its changes; older ones make room. */
export function recordStep(record: RunRecord): Step {
  // The order of the shape's keys: what closes the record finds `state` before anything of the changes.
  const text = `${JSON.stringify(runRecordShape.parse(record))}\n`;
  return {
    describe: 'write down what will be changed',
    script: `set -eu
umask 077
mkdir -p -m 700 ${STATE_DIRECTORY}; mkdir -p -m 700 ${RUNS_DIRECTORY}
cd ${RUNS_DIRECTORY}
rm -f -- ./*.part
cat >${record.run}.json.part
h=$(sha256sum <${record.run}.json.part)
[ "\${h%% *}" = ${createHash('sha256').update(text).digest('hex')} ] || { echo "the record did not arrive whole" >&2; exit 1; }
sync ${record.run}.json.part
mv -fT -- ${record.run}.json.part ${record.run}.json
sync .
# Names sort by time.
ls -- *.json | sort -r | tail -n +${KEPT + 1} | while read -r old; do rm -f -- "$old"; done`,
    stdin: Buffer.from(text, 'utf8'),
  };
}

/**
 * Script that says what became of a run, in the record that its host has of it; nothing where that has made room for newer
 * ones. May be run again.
 */
export function closeRecordScript(run: string, state: RunState): string {
  const file = runRecordShape.shape.run.parse(run);
  return `set -eu
umask 077
[ -f ${RUNS_DIRECTORY}/${file}.json ] || exit 0
cd ${RUNS_DIRECTORY}
sed '1s/"state":"[a-z-]*"/"state":"${state}"/' ${file}.json >${file}.json.part
sync ${file}.json.part
mv -fT -- ${file}.json.part ${file}.json
sync .`;
}
