import type { Group } from './case.ts';
import { becoming } from './cases/becoming.ts';
import { connecting } from './cases/connecting.ts';
import { hostKeys } from './cases/host-keys.ts';
import { jumps } from './cases/jumps.ts';
import { logins } from './cases/logins.ts';
import { losses } from './cases/losses.ts';
import { processes } from './cases/processes.ts';
import { results } from './cases/results.ts';
import { shells, wild } from './cases/shells.ts';

/** All that holds for every transport, against every kind of server. */
export const GROUPS: readonly Group[] = [
  results,
  shells,
  wild,
  becoming,
  losses,
  connecting,
  hostKeys,
  logins,
  jumps,
  processes,
];
