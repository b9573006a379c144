export type { Action, Change, PeerVisible, Phase } from '../changes/change.ts';
export type { Step } from '../changes/steps.ts';
