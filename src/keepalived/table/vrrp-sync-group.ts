import type { Table } from '../keyword.ts';
import { members } from '../kinds/members.ts';
import { said } from '../kinds/plain.ts';
import { trackedBfd, trackedFiles, trackedInterfaces, trackedProcesses } from '../kinds/tracked.ts';
import { flagOrWords, toggle, words } from '../kinds/words.ts';
import { TRACK_FILE, VRRP_TRACK_PROCESS } from './vrrp-track.ts';

const COMMAND = { kind: words('a command', /^.+$/), inventory: false, place: 99 } as const;

/** Keywords of a vrrp_sync_group, in the order of the documents. Sources: keepalived.conf(5) and vrrp_parser.c. */
export const VRRP_SYNC_GROUP = {
  group: {
    kind: members,
    doc: 'The instances that move together: where one of them gives up, all do',
    needed: { guess: [] },
    proof: 'what moves with what',
    place: 0,
  },
  track_interface: {
    kind: trackedInterfaces,
    doc: 'As in an instance, for all of the group',
    proof: 'what can fail, and its weight',
    place: 91,
  },
  track_process: {
    kind: trackedProcesses(VRRP_TRACK_PROCESS),
    doc: 'As in an instance, for all of the group',
    since: '2.0.11',
    proof: 'what can fail, and its weight',
    place: 92,
  },
  track_file: {
    kind: trackedFiles(TRACK_FILE),
    doc: 'As in an instance, for all of the group',
    since: '2.1.0',
    proof: 'what can fail, and its weight',
    place: 93,
  },
  track_bfd: {
    kind: trackedBfd,
    doc: 'As in an instance, for all of the group',
    proof: 'what can fail, and its weight',
    place: 94,
  },
  sync_group_tracking_weight: {
    kind: said,
    doc: 'true: weights other than 0 count in the group. Without it keepalived drops them, so that nothing moves',
    proof: 'whether weights count',
    place: 95,
  },
  smtp_alert: { kind: toggle, doc: 'true: a mail at each change of state of the group', place: 98 },
  notify_priority_changes: {
    kind: toggle,
    doc: 'true: scripts are called for a change of priority, too',
    since: '2.0.16',
    place: 98,
  },
  global_tracking: { kind: said, inventory: false },
  track_script: { kind: words('checks', /^.+$/), inventory: false },
  notify: COMMAND,
  notify_master: COMMAND,
  notify_backup: COMMAND,
  notify_fault: COMMAND,
  notify_stop: COMMAND,
  notify_deleted: { kind: flagOrWords('a command', /^.+$/), inventory: false },
} as const satisfies Table;
