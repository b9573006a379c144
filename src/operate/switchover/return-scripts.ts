import { randomBytes } from 'node:crypto';
import { armCall, confirmCall, type Switch } from '../../host/auto-revert.ts';
import { changeLine, type PreparedCall, prepareCall } from '../../host/client.ts';

/** A switch of its own for each time that a host is told to start keepalived again by itself. */
export function newReturn(): Switch {
  const token = randomBytes(16).toString('hex');
  return { name: 'return', token, run: `return-${token}` };
}

/**
 * Has the host start keepalived by itself after so many seconds, whatever becomes of haprov. In maintenance its start does
 * nothing. A reboot starts keepalived anyway.
 */
export function armReturn(of: Switch, seconds: number): PreparedCall {
  const text = 'systemctl reset-failed keepalived.service; systemctl start keepalived.service';
  return prepareCall(armCall(of, { seconds, list: [changeLine('script', { script: text })] }));
}

/** Takes that back where keepalived runs again, or is meant not to; else the host still has to see to it. */
export function disarmReturn(of: Switch): PreparedCall {
  return prepareCall(confirmCall(of, 'keepalived'));
}
