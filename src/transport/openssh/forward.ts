import type { Hop } from '../../inventory/model.ts';
import type { HopFault } from '../errors.ts';
import { forwardFault } from '../ssh2/faults.ts';

/** RFC 4254, 5.1, by the words of OpenSSH's client. */
const REASONS: Readonly<Record<string, number>> = {
  'administratively prohibited': 1,
  'connect failed': 2,
  'unknown channel type': 3,
  'resource shortage': 4,
};

/**
 * Why a jump host opened no way to the next hop, from the log of its master: the channel that was meant for this host
 * and port names the refusal. Many hosts share a jump host, so that another one's refusal does not count.
 */
export function forwardFailure(hop: Hop, masterLog: string, stderr: string): HopFault {
  const lines = masterLog.split(/\r?\n/);
  const meant = `direct-tcpip: listening port 0 for ${hop.host} port ${hop.port},`;
  const freed = lines.findLastIndex((line) => line.includes(meant));
  const channel = /channel (\d+): free:/.exec(lines[freed] ?? '')?.[1];
  const refusal = lines
    .slice(0, Math.max(0, freed))
    .findLast((line) => line.startsWith(`channel ${channel}: open failed: `));
  const text = refusal?.replace(/^channel \d+: open failed: /, '');
  const reason = Object.entries(REASONS).find(([words]) => text?.startsWith(words))?.[1];
  return forwardFault(hop, Object.assign(new Error(text ?? stderr.trim()), { reason }));
}
