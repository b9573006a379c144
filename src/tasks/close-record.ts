import { RUNS_DIRECTORY, type RunState, runId } from '../facts/state/runs.ts';

/**
 * Script that says what became of a run, in the record that its host has of it; nothing where that has made room for newer
 * ones. May be run again.
 */
export function closeRecordScript(run: string, state: RunState): string {
  const file = runId.parse(run);
  return `set -eu
umask 077
[ -f ${RUNS_DIRECTORY}/${file}.json ] || exit 0
cd ${RUNS_DIRECTORY}
sed '1s/"state":"[a-z-]*"/"state":"${state}"/' ${file}.json >${file}.json.part
sync ${file}.json.part
mv -fT -- ${file}.json.part ${file}.json
sync .`;
}
