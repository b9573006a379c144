import type { GuardFact } from '../../../src/facts/state/guard.ts';

/** A host that haprov has never touched. */
export const NO_GUARD: GuardFact = { generation: '', lease: null, armed: null, putBack: null };
