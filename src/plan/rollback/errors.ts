import { HaprovError } from '../../errors.ts';

/** A run that cannot be taken back on a host as things stand there. */
export class TakeBackError extends HaprovError {
  override readonly name = 'TakeBackError';
}
