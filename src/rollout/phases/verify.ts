import type { Change } from '../../changes/change.ts';
import { HaprovError } from '../../errors.ts';
import { createReader } from '../../facts/reader/reader.ts';
import { planHost } from '../../plan/plan-host.ts';
import { quote } from '../../transport/quote.ts';
import { type ActiveMember, type BatchRun, each } from '../batch-run.ts';
import type { RolloutContext } from '../context.ts';
import { changesOf, fail, type HostProgress, isConverged, isReady } from '../progress.ts';
import type { ClusterEnd } from './close.ts';

/** A host that is not as the inventory says although every change was made. */
export class LeftOverError extends HaprovError {
  override readonly name = 'LeftOverError';
}

/** Verifies hosts that were confirmed. */
export async function verify(members: readonly ActiveMember[], _: BatchRun, context: RolloutContext): Promise<void> {
  await each(members, ({ progress }) => verifyHost(progress, context));
}

/** Verifies hosts that were prepared and had nothing to activate. */
export async function verifyRest({ members }: ClusterEnd, context: RolloutContext): Promise<void> {
  const rest = members.filter((one) => isReady(one) && !isConverged(one) && one.verified === undefined);
  await Promise.all(rest.map((one) => verifyHost(one, context).catch((error: unknown) => fail(one, error))));
}

/** Reads the facts of a host anew once all its changes were made; throws LeftOverError where any is left over. */
async function verifyHost(progress: HostProgress, { hosts, asking, emit }: RolloutContext): Promise<void> {
  const { host } = progress;
  const tasks = hosts.find((one) => one.host.id === host);
  const session = asking.get(host);
  // What later batches will do is still to be done.
  if (tasks === undefined || session === undefined || progress.made < changesOf(progress).length) return;
  emit({ event: 'phase-start', host, phase: 'verify' });
  progress.verified = true;
  const plan = await planHost(tasks, createReader(session).ask);
  if (plan.status !== 'planned' || plan.changes.length === 0) return;
  const left = plan.changes.map(
    ({ action, target, detail }) => `${action} ${target}${detail === '' ? '' : ` (${detail})`}`,
  );
  const more = left.length > 1 ? ` and ${left.length - 1} more` : '';
  throw new LeftOverError(`still to be done after the apply: ${left[0]}${more}`, {
    host,
    action: 'read the facts again',
    evidence: left.join('\n'),
    next: whoWrites(plan.changes[0], host),
  });
}

/** How to find what sets a target back to something else, or keeps it from changing. */
function whoWrites(change: Change | undefined, host: string): string {
  const { module = '', target = '' } = change ?? {};
  const name = target.replace(/^(?:service|sysctl|package) /, '');
  const rules = target.split(':')[0] ?? '';
  const looks: Readonly<Record<string, string>> = {
    sysctl: `grep -rn ${quote(name)} /etc/sysctl.conf /etc/sysctl.d /run/sysctl.d /usr/lib/sysctl.d`,
    service: `systemctl status ${quote(name)}; journalctl -u ${quote(name)} -n 50`,
    package: 'dpkg --audit; dpkg --configure -a, or: rpm -Va',
    firewall: `${rules === 'nftables' ? 'nft list ruleset' : rules === 'firewalld' ? 'firewall-cmd --list-all-zones' : 'iptables -S'}; systemctl list-units '*firewall*' '*tables*' ufw.service`,
  };
  const look =
    looks[module] ??
    `ls -l --time-style=full-iso ${quote(target)}; grep -rsl ${quote(target)} /etc/cron* /etc/systemd/system`;
  return `Another program on ${host} (configuration management, a timer, a package's script) sets it, or it did not take. On ${host}: ${look}`;
}
