import { type RunningVrrp, runningVrrpSubject } from '../../../facts/keepalived/running-vrrp.ts';
import { type AddressFact, addressSubject, holds } from '../../../facts/network/address.ts';
import type { Instance } from '../../../inventory/model.ts';
import { vipAddresses } from '../../../vrrp/virtual-router.ts';
import { type Answer, type Case, type Check, check, type Member } from '../check.ts';
import { fail, ok, skip, type Verdict, warn } from '../finding.ts';
import { ran } from './segment.ts';

/** How a host stood at the start of the examination and some seconds later. */
export interface Standing {
  readonly before: { readonly vrrp: RunningVrrp | null; readonly addresses: readonly AddressFact[] };
  readonly after: { readonly vrrp: RunningVrrp | null; readonly addresses: readonly AddressFact[] };
}

function stateOf(vrrp: RunningVrrp | null, instance: Instance): string {
  return vrrp === null ? 'not running' : (vrrp.instances.find(({ name }) => name === instance.name)?.state ?? 'absent');
}

function mastersIn(members: readonly Answer<Standing>[], when: 'before' | 'after', instance: Instance) {
  return members.filter(({ facts }) => stateOf(facts[when].vrrp, instance) === 'MASTER').map(({ host }) => host.name);
}

/** Two masters in both looks; elections overlap for a moment, which is none. */
export function judgeOneMaster({ cluster, members }: Case<Standing>): readonly Verdict[] {
  return cluster.vrrp_instances.map((instance) => {
    const before = mastersIn(members, 'before', instance);
    const both = mastersIn(members, 'after', instance).filter((name) => before.includes(name));
    if (both.length > 1) {
      return fail(undefined, `${instance.name} is MASTER on ${both.join(' and ')}`, {
        why: 'the VIP is there more than once: clients are split between the hosts',
        fix: 'see what HD022, HD023 and HD060 to HD064 say of these hosts',
      });
    }
    const now = mastersIn(members, 'after', instance);
    if (now.length > 1)
      return warn(undefined, `${instance.name} changed its master just now`, {
        why: 'an election was under way',
        fix: 'run doctor again',
      });
    return ok(
      undefined,
      `${instance.name} has ${now.length === 1 ? `one master, ${now[0]}` : 'not more than one master'}`,
    );
  });
}

export function judgeSomeMaster({ cluster, members, unknown }: Case<Standing>): readonly Verdict[] {
  return cluster.vrrp_instances.map((instance) => {
    const before = mastersIn(members, 'before', instance);
    const after = mastersIn(members, 'after', instance);
    const lasting = after.filter((name) => before.includes(name));
    // Not well, and said by HD051 already.
    if (lasting.length > 1)
      return skip(undefined, `${instance.name}: ${lasting.join(' and ')} are both MASTER, see HD051`);
    if (after.length > 0) return ok(undefined, `${after.join(' and ')} is MASTER of ${instance.name}`);
    if (unknown.length > 0)
      return skip(undefined, `${instance.name}: ${unknown.join(', ')} may hold it, and gave no answer`);
    const states = members.map(({ host, facts }) => `${host.name} ${stateOf(facts.after.vrrp, instance)}`).join(', ');
    if (before.length > 0)
      return warn(undefined, `${instance.name} lost its master just now: ${states}`, {
        why: 'an election was under way',
        fix: 'run doctor again',
      });
    return fail(undefined, `no host holds ${instance.name}: ${states}`, {
      why: 'the VIP does not answer',
      mends: true,
      fix: 'see what HD010, HD020 and HD042 say of these hosts',
    });
  });
}

/** The interface has to have what keepalived says: it may have died with the VIP, or somebody took the VIP away. */
export function judgeAddresses({ cluster, members }: Case<Standing>): readonly Verdict[] {
  return members.flatMap(({ host, facts }) => {
    const wrong = cluster.vrrp_instances.flatMap((instance): Verdict[] => {
      const vips = vipAddresses([instance]);
      const of = ({ vrrp, addresses }: Standing['before']) => ({
        state: stateOf(vrrp, instance),
        held: vips.filter((vip) => holds(addresses, vip)),
      });
      const [before, after] = [of(facts.before), of(facts.after)];
      if (before.state !== after.state) return [];
      const kept = after.held.filter((vip) => before.held.includes(vip));
      const missing = vips.filter((vip) => !after.held.includes(vip) && !before.held.includes(vip));
      if (after.state === 'MASTER' && missing.length > 0) {
        return [
          fail(host.id, `${instance.name} is MASTER and its interface has no ${missing.join(', ')}`, {
            why: 'adverts keep the others away while the VIP does not answer',
            mends: true,
            fix: 'systemctl restart keepalived; see HD032 for who takes addresses away',
          }),
        ];
      }
      if (after.state !== 'MASTER' && kept.length > 0) {
        return [
          fail(host.id, `${kept.join(', ')} is on ${host.name} while ${instance.name} is ${after.state} there`, {
            why: 'a keepalived that was killed leaves the VIP behind: it is there twice as soon as another host is master',
            mends: true,
            fix: 'systemctl restart keepalived takes it off; or ip addr del',
          }),
        ];
      }
      return [];
    });
    return wrong.length > 0 ? wrong : [ok(host.id, 'VIPs are on its interfaces exactly where it is MASTER')];
  });
}

async function standingOf(member: Member): Promise<Standing> {
  const { look, watch, salt } = member;
  const vrrp = await ran(member);
  const [later, addressesLater, addresses] = await Promise.all([
    watch(runningVrrpSubject, salt),
    watch(addressSubject, 'addresses'),
    look(addressSubject, 'addresses'),
  ]);
  return { before: { vrrp, addresses }, after: { vrrp: later, addresses: addressesLater } };
}

export const ELECTION_CHECKS: readonly Check[] = [
  check({ id: 'HD051', name: 'one-master', phase: 'watch', ask: standingOf, judge: judgeOneMaster }),
  check({ id: 'HD052', name: 'master', phase: 'watch', ask: standingOf, judge: judgeSomeMaster }),
  check({ id: 'HD053', name: 'vips', phase: 'watch', ask: standingOf, judge: judgeAddresses }),
];
