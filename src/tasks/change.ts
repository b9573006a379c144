export type { Action, Change, PeerVisible } from '../changes/change.ts';
export type { Step } from '../changes/steps.ts';
