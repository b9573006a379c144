/** What hosts are changed for. */
export type Verb = 'apply' | 'rollback' | 'remove';

/** What is said of hosts that a plan of this verb leaves alone. */
export const AT_REST: Readonly<Record<Verb, string>> = {
  apply: 'all as the inventory says',
  rollback: 'nothing left to take back',
  remove: 'nothing of haprov is left there',
};

/** The command to type after one that ended well, without the inventory; null: there is nothing more to do. */
export const AFTERWARDS: Readonly<Record<Verb, string | null>> = {
  apply: 'haprov plan',
  rollback: 'haprov status',
  remove: null,
};
