import { createHash } from 'node:crypto';
import type { RunState } from '../../changes/record.ts';
import { type RunRecord, runRecordShape } from '../../changes/run-record.ts';
import { RUNS_DIRECTORY } from '../../changes/run-records.ts';
import { type Step, stepOf } from '../../changes/steps.ts';
import { STATE_DIRECTORY } from '../../facts/state/state-directory.ts';

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
 * Says what became of a run, in the record that its host has of it; nothing where that has made room for newer ones. May be
 * run again.
 */
export function closeRecordStep(run: string, state: RunState): Step {
  return { ...stepOf({ kind: 'record', target: run, before: 'open', after: state }), describe: 'close the run record' };
}
