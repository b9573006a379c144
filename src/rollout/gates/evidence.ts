import type { Cluster } from '../../inventory/model.ts';
import { quote } from '../../transport/quote.ts';
import type { Session } from '../../transport/session.ts';
import { GateError, type Trouble } from './gate-error.ts';

const LINES = 15;

/** The last lines of the journals of keepalived and of the cluster's service on these hosts; what cannot be had is left out. */
export async function journalOf(
  cluster: Cluster,
  hosts: readonly string[],
  sessions: ReadonlyMap<string, Session>,
): Promise<string> {
  const units = ['keepalived', ...(cluster.service === 'none' ? [] : [cluster.service])];
  const named = units.map((unit) => `-u ${quote(unit)}.service`).join(' ');
  // keepalived tells each of the dozen announcements of a new master, and each time that it was asked for its state.
  const script = `journalctl ${named} -n ${LINES * 8} --no-pager -q -o short-iso |
  grep -v 'Sending gratuitous ARP\\|Sending/queueing\\|Printing .* data ' | tail -n ${LINES} | cut -c 1-300`;
  const parts = await Promise.all(
    hosts.map(async (host) => {
      const result = await sessions
        .get(host)
        ?.run(script, { timeoutMs: 10_000 })
        .catch(() => undefined);
      const text = result?.stdout.trimEnd() ?? '';
      return text === '' ? [] : [hosts.length > 1 ? `${host}:\n${text}` : text];
    }),
  );
  return parts.flat().join('\n');
}

/** The error of a gate that failed, with what the journals say; `more` is what else is known, and comes first. */
export async function gateError(
  trouble: Trouble,
  cluster: Cluster,
  sessions: ReadonlyMap<string, Session>,
  more = '',
): Promise<GateError> {
  const journal = await journalOf(cluster, trouble.hosts, sessions);
  const evidence = [more.trimEnd(), journal].filter((part) => part !== '').join('\n');
  const [host, ...others] = trouble.hosts;
  return new GateError(trouble.message, {
    // What concerns several is no single one's failure.
    ...(host === undefined || others.length > 0 ? {} : { host }),
    action: `gate: ${trouble.gate}`,
    next: trouble.next,
    ...(evidence === '' ? {} : { evidence }),
  });
}
