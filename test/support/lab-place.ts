/** Slots of a machine, and lanes of a slot: 12 times 16 networks, 10.88.64.0/24 to 10.88.255.0/24. The demo and the benchmarks are below. */
const SLOTS = 12;
const NETWORKS = 16;
const LANES = 7;

/** Which of the labs that stand side by side on this machine is this run's: HAPROV_LAB_SLOT, 0 by default. */
export const SLOT = wholeNumber('HAPROV_LAB_SLOT', SLOTS);

/** Which lane of the slot this process runs in: vitest numbers the workers that run files side by side from 1 on. */
const LANE = (Number(process.env['VITEST_POOL_ID'] ?? 1) - 1) % LANES;

/** The name of this lane's lab, and the first three bytes of its two networks. */
export const PLACE = {
  name: labName(LANE),
  front: prefix(2 * LANE),
  inner: prefix(2 * LANE + 1),
} as const;

/** The fleet of many clusters: one of each slot, beside its lanes. */
export const FLEET = { name: `fleet-${SLOT}`, subnet: third(NETWORKS - 2) } as const;

/** The labs that a run in this slot can leave. */
export const LABS: readonly string[] = [...Array.from({ length: LANES }, (_, lane) => labName(lane)), FLEET.name];

function labName(lane: number): string {
  return `test-${SLOT}-${lane}`;
}

function third(network: number): number {
  return 64 + NETWORKS * SLOT + network;
}

function prefix(network: number): string {
  return `10.88.${third(network)}`;
}

function wholeNumber(name: string, count: number): number {
  const wish = process.env[name] ?? '0';
  if (!/^\d{1,2}$/.test(wish) || Number(wish) >= count) throw new Error(`${name} is 0 to ${count - 1}, not '${wish}'`);
  return Number(wish);
}
