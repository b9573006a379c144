import { absolutePathSchema } from '../fields.ts';
import type { Table } from '../keyword.ts';
import { path, said, whole } from '../kinds/plain.ts';
import { flagOrWords, words } from '../kinds/words.ts';
import { PROCESS_DELAY } from './vrrp-instance-simple.ts';

const PLAIN = '[A-Za-z0-9_.:,/=?&%+*^|\\[\\]-]+';

/** Keywords of a vrrp_track_process. Its weight stands in the instance. Sources: keepalived.conf(5) and vrrp_parser.c. */
export const VRRP_TRACK_PROCESS = {
  process: {
    kind: words('the name of a program, with its arguments where they count', new RegExp(`^${PLAIN}(?: ${PLAIN})*$`)),
    doc: 'The program, as /proc/PID/comm has it; with arguments, the whole command line. Default: the key',
    needed: { guess: 'process' },
    since: '2.0.11',
    place: 0,
  },
  param_match: {
    kind: flagOrWords('initial or partial', /^(?:initial|partial)$/),
    doc: 'initial: the arguments are the first ones; partial: the last of them begins so. true: all of them',
    since: '2.0.16',
  },
  full_command: { kind: said, doc: 'true: the whole command line counts, not the name alone', since: '2.0.11' },
  quorum: { kind: whole(1, 65_535), doc: 'How many have to run. Default 1', since: '2.0.11' },
  quorum_max: { kind: whole(0, 65_535), doc: 'How many may run at most', since: '2.0.16', place: 49 },
  delay: {
    kind: PROCESS_DELAY,
    doc: 'Seconds that a change has to last until it counts',
    since: '2.0.11',
    proof: 'when a failure is noticed',
  },
  terminate_delay: { kind: PROCESS_DELAY, doc: 'The same for an end alone', since: '2.0.16' },
  fork_delay: { kind: PROCESS_DELAY, doc: 'The same for a start alone', since: '2.0.16' },
} as const satisfies Table;

/** Keywords of a track_file. Its weight stands in the instance. Source: track_file.c. */
export const TRACK_FILE = {
  file: {
    kind: { ...path, schema: absolutePathSchema },
    doc: 'The file on the host that holds a number',
    needed: { guess: '/run/keepalived/file' },
    since: '2.1.0',
    place: 0,
  },
  init_file: {
    kind: flagOrWords(
      'a number from -254 to 254, overwrite before or after it where wanted',
      /^(?:overwrite(?: -?\d{1,3})?|-?\d{1,3}(?: overwrite)?)$/,
    ),
    doc: 'true: keepalived makes the file with 0 where it is missing. Or the number that it begins with',
    since: '2.1.0',
  },
} as const satisfies Table;
