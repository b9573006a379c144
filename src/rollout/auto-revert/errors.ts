import { HaprovError } from '../../errors.ts';

/**
 * Why a switch is not as it should be. refused: it could not be armed, nothing was. put-back, rolling: the host has put
 * its old state back, or is at it. none: nothing is armed by this run. busy: a script is still at work on the host.
 */
export type SwitchReason = 'refused' | 'put-back' | 'rolling' | 'none' | 'busy';

/** The dead man's switch could not be armed, moved, or confirmed. */
export class SwitchError extends HaprovError {
  override readonly name = 'SwitchError';
  readonly reason: SwitchReason;

  constructor(reason: SwitchReason, message: string, facts: HaprovError['facts']) {
    super(message, facts);
    this.reason = reason;
  }
}
