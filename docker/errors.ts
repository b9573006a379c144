import { HaprovError } from '../src/errors.ts';

/** The lab cannot run on this machine at all; the message is one line that names what is missing. */
export class LabUnavailable extends HaprovError {
  override readonly name = 'LabUnavailable';
}

/** The lab can run here, but a step of it failed. */
export class LabError extends HaprovError {
  override readonly name = 'LabError';
}
