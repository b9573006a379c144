import { describeMaintenance, type MaintenanceFact, maintenanceSubject } from '../../../facts/state/maintenance.ts';
import { type UnitFact, unitSubject } from '../../../facts/system/unit.ts';
import type { Cluster } from '../../../inventory/model.ts';
import { type Answer, type Check, hostCheck } from '../check.ts';
import { fail, ok, type Verdict, warn } from '../finding.ts';

const STARTS = new Set(['enabled', 'enabled-runtime', 'static', 'alias', 'generated', 'indirect']);

export function judgeKeepalivedRuns({ host, facts: unit }: Answer<UnitFact>): readonly Verdict[] {
  if (unit.active === 'active' || unit.active === 'reloading') return [ok(host.id, 'keepalived.service is active')];
  const why = 'this host cannot take the VIP over';
  if (unit.load === 'not-found') return [fail(host.id, 'keepalived is not installed', { why, mends: true })];
  const evidence = `keepalived.service is ${unit.load === 'masked' ? 'masked' : unit.active}`;
  const fix = 'journalctl -u keepalived -n 50; then systemctl start keepalived';
  return [fail(host.id, evidence, { why, mends: true, fix })];
}

export interface Kept {
  readonly unit: UnitFact;
  readonly maintenance: MaintenanceFact | null;
}

/** A keepalived that is meant not to run is no fault; one that runs all the same is. */
export function judgeKept({ host, facts: { unit, maintenance } }: Answer<Kept>): readonly Verdict[] {
  if (maintenance === null) return judgeKeepalivedRuns({ host, facts: unit });
  const evidence = `it is ${describeMaintenance(maintenance)}`;
  const why = 'this host is not in the election, and cannot take the VIP over';
  const fix = `haprov maintenance off ${host.id}, once that is over`;
  if (unit.active !== 'active') return [warn(host.id, evidence, { why, fix })];
  return [
    fail(host.id, `${evidence}, and keepalived runs all the same`, {
      why: 'it may hold the VIP in spite of its maintenance',
      fix: `haprov maintenance on ${host.id} stops it`,
    }),
  ];
}

export interface Services {
  readonly keepalived: UnitFact;
  /** The service that the VIP stands for; undefined where the inventory names none. */
  readonly service?: UnitFact;
}

export function judgeEnabled({ host, facts }: Answer<Services>, { service }: Cluster): readonly Verdict[] {
  const units = [
    ...(facts.keepalived.load === 'not-found' ? [] : [{ name: 'keepalived', unit: facts.keepalived }]),
    ...(facts.service === undefined || facts.service.load === 'not-found'
      ? []
      : [{ name: service, unit: facts.service }]),
  ];
  const off = units.filter(({ unit }) => !STARTS.has(unit.enabled));
  if (units.length === 0) return [];
  if (off.length === 0) return [ok(host.id, `${units.map(({ name }) => name).join(' and ')} start at boot`)];
  return off.map(({ name, unit }) =>
    fail(host.id, `${name}.service is ${unit.enabled || 'not enabled'}`, {
      why: `after a reboot ${name} stays down, and this host cannot take the VIP over`,
      mends: true,
      fix: `systemctl enable ${name}`,
    }),
  );
}

export function judgeServiceRuns({ host, facts: unit }: Answer<UnitFact | null>, cluster: Cluster): readonly Verdict[] {
  if (unit === null) return [];
  const { service } = cluster;
  if (unit.active === 'active' || unit.active === 'reloading') return [ok(host.id, `${service}.service is active`)];
  const evidence = unit.load === 'not-found' ? `${service} is not installed` : `${service}.service is ${unit.active}`;
  return [
    fail(host.id, evidence, {
      why: 'if this host takes the VIP, requests will fail',
      mends: true,
      fix: `journalctl -u ${service} -n 50; then systemctl start ${service}`,
    }),
  ];
}

export const UNIT_CHECKS: readonly Check[] = [
  hostCheck<Kept>({
    id: 'HD010',
    name: 'keepalived',
    ask: async ({ look }) => {
      const [unit, maintenance] = await Promise.all([
        look(unitSubject, 'keepalived'),
        look(maintenanceSubject, 'maintenance'),
      ]);
      return { unit, maintenance };
    },
    judge: judgeKept,
  }),
  hostCheck<Services>({
    id: 'HD011',
    name: 'boot',
    ask: async ({ look, cluster: { service } }) => {
      const [keepalived, other] = await Promise.all([
        look(unitSubject, 'keepalived'),
        service === 'none' ? undefined : look(unitSubject, service),
      ]);
      return { keepalived, ...(other === undefined ? {} : { service: other }) };
    },
    judge: judgeEnabled,
  }),
  hostCheck<readonly { readonly unit: string; readonly fact: UnitFact }[]>({
    id: 'HD012',
    name: 'service',
    ask: async ({ look, cluster: { services } }) => {
      const units = services.flatMap(({ unit }) => unit ?? []);
      return Promise.all(units.map(async (unit) => ({ unit, fact: await look(unitSubject, unit) })));
    },
    judge: ({ facts, ...answer }, cluster) =>
      facts.flatMap(({ unit, fact }) => judgeServiceRuns({ ...answer, facts: fact }, { ...cluster, service: unit })),
  }),
];
