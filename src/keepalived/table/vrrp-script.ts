import type { Table } from '../keyword.ts';
import { account, command, said, whole } from '../kinds/plain.ts';

/** Keywords of a vrrp_script, in the order of the documents. Sources: keepalived.conf(5) and vrrp_parser.c. */
export const VRRP_SCRIPT = {
  interval: {
    kind: whole(1, 4294),
    doc: 'Seconds between two runs. Default {default}',
    default: 1,
    chosen: 2,
    dump: { title: 'Interval', as: 'interval' },
    proof: 'when a failure is noticed',
  },
  timeout: {
    kind: whole(1, 4294),
    doc: 'Seconds after which a run has failed; below interval. Default {default}',
    default: 0,
    defaultsTo: 'interval',
    chosen: 1,
    dump: { title: 'Timeout', as: 'timeout' },
    proof: 'when a run that hangs is noticed',
  },
  weight: {
    kind: whole(-253, 253),
    doc: '0 (default): the host gives the VIP up when the check fails. Else the priority changes by this much',
    perHost: 'some',
    default: 0,
    proof: 'FAULT, or what is added to the priority',
  },
  fall: {
    kind: whole(1, 255),
    doc: 'Failures in a row until the check counts as failed. Default {default}',
    default: 1,
    chosen: 2,
    dump: { title: 'Fall', as: 'fall' },
    proof: 'when a failure is noticed',
  },
  rise: {
    kind: whole(1, 255),
    doc: 'Successes in a row until it counts as passed. Default {default}',
    default: 1,
    chosen: 2,
    dump: { title: 'Rise', as: 'rise' },
  },
  user: {
    kind: account,
    doc: 'Who runs it, and with which group: `nobody`, or `nobody nogroup`. Default root',
  },
  init_fail: {
    kind: said,
    doc: 'true: it counts as failed until its first `rise` successes. Default false',
  },
  script: {
    kind: command,
    needed: { guess: '' },
    inventory: false,
    dump: { title: 'Command', as: 'command' },
    place: 0,
  },
} as const satisfies Table;
