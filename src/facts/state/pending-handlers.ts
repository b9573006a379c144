import type { Subject } from '../reader/subject.ts';
import { STATE_DIRECTORY } from './state-directory.ts';

/** Where a host keeps what an apply still owes it: one empty file for each handler, named as encodeURIComponent does. */
export const OWED_DIRECTORY = `${STATE_DIRECTORY}/owed`;

/** Names of handlers that an earlier apply notified and did not come to run. Key: always `owed`. */
export const owedSubject: Subject<'owed', readonly string[]> = {
  name: 'owed handlers',
  script: () => `for f in ${OWED_DIRECTORY}/*; do [ ! -f "$f" ] || echo "\${f##*/}"; done`,
  parse: (output) => [
    output
      .split('\n')
      .filter((name) => name !== '')
      .map(decodeURIComponent),
  ],
};
