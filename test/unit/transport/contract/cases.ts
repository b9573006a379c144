import type { Group } from './case.ts';
import { results } from './cases/results.ts';
import { shells, wild } from './cases/shells.ts';

/** All that holds for every transport, against every kind of server. */
export const GROUPS: readonly Group[] = [results, shells, wild];
