import { type UpkeepFact, upkeepSubject } from '../../../facts/system/upkeep.ts';
import { type Answer, type Check, hostCheck } from '../check.ts';
import { ok, type Verdict, warn } from '../finding.ts';

export function judgeUpgrades({ host, facts }: Answer<UpkeepFact>): readonly Verdict[] {
  const [tool] = facts.upgrades;
  if (tool === undefined) return [ok(host.id, 'nothing upgrades packages by itself')];
  if (facts.exempt) return [ok(host.id, `${tool} leaves keepalived alone`)];
  return [
    warn(host.id, `${tool} upgrades keepalived by itself`, {
      why: 'an upgrade restarts it: the VIP moves at any hour, on all hosts of the cluster within the same one',
      fix:
        tool === 'unattended-upgrades'
          ? 'Unattended-Upgrade::Package-Blacklist { "keepalived"; }; in /etc/apt/apt.conf.d/51haprov, and upgrade it by hand, backups first'
          : 'excludepkgs=keepalived* in /etc/dnf/automatic.conf, and upgrade it by hand, backups first',
    }),
  ];
}

export function judgeNeedrestart({ host, facts }: Answer<UpkeepFact>): readonly Verdict[] {
  if (facts.needrestart === 'absent') return [ok(host.id, 'needrestart is not installed')];
  if (facts.spared) return [ok(host.id, 'needrestart leaves keepalived alone')];
  if (facts.needrestart === 'asks') return [ok(host.id, 'needrestart restarts nothing without asking')];
  return [
    warn(host.id, 'needrestart restarts keepalived after upgrades of its libraries', {
      why: 'an upgrade of libssl or libc moves the VIP',
      fix: "echo '$nrconf{override_rc}{qr(^keepalived)} = 0;' >/etc/needrestart/conf.d/haprov.conf",
    }),
  ];
}

export const UPKEEP_CHECKS: readonly Check[] = [
  hostCheck({ id: 'HD033', name: 'upgrades', ask: ({ look }) => look(upkeepSubject, 'upkeep'), judge: judgeUpgrades }),
  hostCheck({
    id: 'HD034',
    name: 'needrestart',
    ask: ({ look }) => look(upkeepSubject, 'upkeep'),
    judge: judgeNeedrestart,
  }),
];
