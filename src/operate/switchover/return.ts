import { randomBytes } from 'node:crypto';
import { fieldsOf } from '../../changes/registry.ts';
import { armCall, confirmCall, type Switch } from '../../host/auto-revert.ts';
import { changeLine, type HostCall } from '../../host/client.ts';

/** A switch of its own for each time that a host is told to start keepalived again by itself. */
export function newReturn(): Switch {
  const token = randomBytes(16).toString('hex');
  return { name: 'return', token, run: `return-${token}` };
}

/**
 * Has the host start keepalived by itself after so many seconds, whatever becomes of haprov. In maintenance its start does
 * nothing. A reboot starts keepalived anyway.
 */
export function armReturn(of: Switch, seconds: number): HostCall {
  const list = [
    changeLine('unit', fieldsOf({ kind: 'unit', target: 'keepalived', before: 'stopped', after: 'running' })),
  ];
  return armCall(of, { seconds, list });
}

/** Takes that back where keepalived runs again, or is meant not to; else the host still has to see to it. */
export function disarmReturn(of: Switch): HostCall {
  return confirmCall(of, 'keepalived');
}
