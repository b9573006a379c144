import type { HostCall } from '../../host/client.ts';
import type { RunIdentity } from './identity.ts';

/** Prolongs a lease that is still ours. One that ran out is not revived. Does not wait for a script of ours. */
export function renewCall({ token }: RunIdentity, seconds: number): HostCall {
  return { verb: 'lease-renew', args: { token, seconds } };
}

/** Gives the lease back if it is ours. `unused`: nothing was done under it, so that plans made before it still hold. */
export function releaseCall({ token }: RunIdentity, unused: boolean): HostCall {
  return { verb: 'lease-release', args: { token, unused: unused ? 1 : undefined } };
}
