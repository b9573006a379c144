import { checkCommand } from '../../checks/registry.ts';
import type { Check, Cluster } from '../../inventory/model.ts';
import { quote } from '../../transport/quote.ts';
import type { Session } from '../../transport/session.ts';
import { GateError } from './gate-error.ts';

/** Seconds that a service which has just been started has for its first good answer. */
const PATIENCE_S = 6;

/**
 * What runs a command as keepalived runs a check of this user's: with that user and group alone, no shell, no session.
 * `user` as keepalived has it: a name, or a name and a group.
 */
export function asUser(user: string | undefined): readonly string[] {
  const [name = 'root', group] = (user ?? 'root').split(' ');
  if (name === 'root') return [];
  // Both are of util-linux. runuser finds the user's own group; setpriv takes another.
  return group === undefined
    ? ['runuser', '-u', name, '--']
    : ['setpriv', `--reuid=${name}`, `--regid=${group}`, '--clear-groups', '--'];
}

/** The checks of all instances of a cluster, each once. */
export function checksOf(cluster: Cluster): readonly Check[] {
  const checks = cluster.vrrp_instances.flatMap((instance) => instance.track_script);
  return [...new Map(checks.map((check) => [check.name, check])).values()];
}

/**
 * Every check of the cluster passes on this host; a service that has just started gets a few seconds. Throws GateError
 * with the check's own words.
 */
export async function verifyChecks(
  cluster: Cluster,
  session: Pick<Session, 'host' | 'run'>,
  signal?: AbortSignal,
): Promise<void> {
  for (const { name, probe, timeout, user } of checksOf(cluster)) {
    const words = [...asUser(user), ...checkCommand(name, probe, timeout).split(' ')];
    const line = words.map(quote).join(' ');
    const script = `seconds() { read -r up _ </proc/uptime; echo "\${up%.*}"; }
end=$(($(seconds) + ${PATIENCE_S}))
until out=$(timeout ${timeout + 1} ${line} 2>&1 </dev/null); do
  [ "$(seconds)" -lt "$end" ] || { echo "$out" >&2; exit 1; }
  sleep 0.5
done`;
    const options = { timeoutMs: (PATIENCE_S + 2 * timeout + 10) * 1000, ...(signal === undefined ? {} : { signal }) };
    const result = await session.run(script, options);
    if (result.code === 0) continue;
    throw new GateError(`the check ${name} fails: ${result.stderr.trim().split('\n')[0] || 'no output'}`, {
      host: session.host.id,
      action: 'verify the checks',
      evidence: result.stderr,
      next: `Run it on the host: ${checkCommand(name, probe, timeout)}`,
    });
  }
}
