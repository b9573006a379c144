import type {
  DrillCluster,
  DrillReport,
  DrillRequest,
  DrillScenario,
  Lane,
  LaneSpan,
  ScenarioName,
} from '../../../../src/operate/drill/model.ts';
import type { Range } from '../../../../src/vrrp/timing.ts';

/** What a scenario of a fixture is made of. Milliseconds from its start. */
interface Course {
  readonly name: ScenarioName;
  readonly cluster?: string;
  readonly fault: string;
  readonly mended: string;
  /** Of the outage, from the fault at 5 s on. */
  readonly outage: number;
  readonly predicted: Range | null;
  readonly because: string;
  readonly error?: string;
  /** What lb1 is while the fault lasts; what lb2 is. */
  readonly during?: readonly [LaneSpan['state'], LaneSpan['state']];
  readonly both?: boolean;
  readonly findings?: readonly string[];
  readonly notes?: readonly string[];
  readonly back?: number;
  readonly duration?: number;
}

const FAULT = 5000;
const ADDRESS = (cluster: number): string => `10.0.${cluster}.`;

/** A pair with one VRRP instance, reached through `jumps`. */
export function pair(name = 'web', index = 8, jumps: readonly string[] = []): DrillCluster {
  const net = ADDRESS(index);
  const id = (host: string): string => (name === 'web' ? host : `${name}/${host}`);
  return {
    name,
    service: 'nginx',
    hosts: [
      { id: id('lb1'), address: `${net}11` },
      { id: id('lb2'), address: `${net}12` },
    ],
    instances: [
      {
        name: 'VI_1',
        vips: [`${net}100`],
        vrid: 51 + index,
        intervalSeconds: 1,
        priority: { lb1: 150, lb2: 100 },
      },
    ],
    jumps,
  };
}

/** What came of a scenario on a pair whose lb1 held the VIP. */
export function scenarioOf(course: Course, cluster = pair(course.cluster)): DrillScenario {
  const { name, outage, predicted, findings = [], notes = [], both = false, duration = 30_000, back = 0 } = course;
  const [lb1 = { id: 'lb1', address: '' }, lb2 = lb1] = cluster.hosts;
  const vip = cluster.instances[0]?.vips[0] ?? '';
  const repair = duration - 9000;
  const moved = outage < repair - FAULT;
  const taken = moved ? FAULT + outage : duration;
  const requests = requestsOf(course, duration, repair);
  const [first = 'FAULT', second = 'MASTER'] = course.during ?? [];
  return {
    name,
    cluster: cluster.name,
    instance: 'VI_1',
    vip,
    target: `http://${vip}/`,
    client: 'here',
    host: lb1.id,
    holders: both ? [lb1.id, lb2.id] : [(moved ? lb2 : lb1).id],
    started: '2026-11-22T13:05:00.000Z',
    duration,
    prediction: { outage: predicted, because: course.because, ...(predicted === null ? {} : { taker: lb2.id }) },
    outage_ms: outage,
    repair_outage_ms: back,
    outages: [
      ...(outage === 0 ? [] : [{ from: FAULT, ms: outage, failed: failedOf(requests, FAULT, repair) }]),
      ...(back === 0 ? [] : [{ from: repair + 3000, ms: back, failed: failedOf(requests, repair, duration) }]),
    ],
    two_holders_ms: both ? repair - FAULT - outage : 0,
    requests,
    marks: [
      { at: FAULT, kind: 'fault', host: lb1.id, text: course.fault },
      { at: repair, kind: 'repair', host: lb1.id, text: course.mended },
      { at: duration - 2000, kind: 'ok', host: lb1.id, text: 'the cluster is ok' },
    ],
    lanes: lanesOf(lb1.id, lb2.id, { first, second, taken, repair, duration, both, moved }),
    budget_ms: 5000,
    passed: findings.length === 0,
    findings,
    notes,
  };
}

const failedOf = (requests: readonly DrillRequest[], from: number, to: number): number =>
  requests.filter(({ at, error }) => error !== null && at >= from && at < to).length;

function requestsOf({ outage, back = 0, error = 'connection refused' }: Course, duration: number, repair: number) {
  const lost = (at: number): boolean =>
    (at >= FAULT && at < FAULT + outage) || (at >= repair + 3000 && at < repair + 3000 + back);
  return Array.from({ length: duration / 50 }, (_, index): DrillRequest => {
    const at = index * 50 + (index % 7 === 0 ? 1 : 0);
    if (lost(at)) return { at, ms: error.includes('timeout') ? 500 : 1, error };
    return { at, ms: index % 173 === 160 ? 310 : 2 + ((index * 13) % 4), error: null };
  });
}

interface LaneTimes {
  readonly first: LaneSpan['state'];
  readonly second: LaneSpan['state'];
  readonly taken: number;
  readonly repair: number;
  readonly duration: number;
  readonly both: boolean;
  readonly moved: boolean;
}

function lanesOf(lb1: string, lb2: string, times: LaneTimes): Lane[] {
  const { first, second, taken, repair, duration, both, moved } = times;
  const again = repair + 3000;
  if (!moved) {
    return [
      { host: lb1, spans: [{ from: 0, to: duration, state: 'MASTER', holds: true }] },
      { host: lb2, spans: [{ from: 0, to: duration, state: 'BACKUP', holds: false }] },
    ];
  }
  return [
    {
      host: lb1,
      spans: [
        { from: 0, to: FAULT, state: 'MASTER', holds: true },
        { from: FAULT, to: repair, state: first, holds: both },
        { from: repair, to: again, state: both ? 'MASTER' : 'BACKUP', holds: both },
        { from: again, to: duration, state: 'MASTER', holds: true },
      ],
    },
    {
      host: lb2,
      spans: [
        { from: 0, to: taken, state: 'BACKUP', holds: false },
        { from: taken, to: again, state: second, holds: true },
        { from: again, to: duration, state: 'BACKUP', holds: false },
      ],
    },
  ];
}

const KEEPALIVED: Course = {
  name: 'keepalived',
  fault: 'keepalived stopped',
  mended: 'keepalived started',
  outage: 660,
  predicted: { min: 609, max: 609 },
  because: 'priority 0 is sent, then skew of priority 100 0.61s',
  during: [null, 'MASTER'],
};

const SERVICE: Course = {
  name: 'service',
  fault: 'nginx stopped',
  mended: 'nginx started',
  outage: 3710,
  predicted: { min: 2609, max: 6609 },
  because: '2 failed checks 2-6s, then skew of priority 100 0.61s',
};

const CRASH: Course = {
  name: 'crash',
  fault: 'keepalived killed, its VIP left behind',
  mended: 'keepalived started',
  outage: 3340,
  predicted: { min: 2609, max: 3609 },
  because: '3 adverts missed 2-3s, then skew of priority 100 0.61s',
  error: 'timeout after 500 ms',
  during: [null, 'MASTER'],
  back: 250,
};

const REPORT: DrillReport = {
  haprov: '0.1.0',
  inventory: 'inventory/minimal.yaml',
  started: '2026-11-22T13:05:00.000Z',
  duration: 141_000,
  clusters: [pair()],
  scenarios: [],
  skipped: [],
  leftovers: [],
};

/** A pair on which all went well. */
export const HEALTHY: DrillReport = {
  ...REPORT,
  clusters: [pair('web', 8, ['ops@bastion.example.com:22'])],
  scenarios: [KEEPALIVED, SERVICE, CRASH].map((course) => scenarioOf(course)),
};

/** The widespread tutorial's pair: its VIP stays where nginx died. */
export const TUTORIAL: DrillReport = {
  ...REPORT,
  inventory: 'inventory/tutorial.yaml',
  scenarios: [
    scenarioOf(KEEPALIVED),
    scenarioOf({
      ...SERVICE,
      outage: 22_050,
      duration: 36_000,
      predicted: null,
      because: 'a weight of -20 leaves lb1 80, and nopreempt keeps lb2 (90) from taking over',
      findings: ['The VIP did not answer for 22.05s, until nginx was started again; 5.00s are allowed.'],
      notes: [
        'It stayed on lb1: check_nginx lowers its priority to 80, below the 90 of lb2, but lb2 has nopreempt and takes over from no living master.',
      ],
    }),
  ],
  skipped: [{ cluster: 'web', scenario: 'isolate', reason: 'the client runs on a member of the cluster' }],
};

/** Members that do not hear each other, and a host that could not be put right. */
export const SPLIT: DrillReport = {
  ...REPORT,
  scenarios: [
    scenarioOf({
      name: 'isolate',
      fault: 'VRRP is dropped',
      mended: 'VRRP passes again',
      outage: 150,
      predicted: { min: 0, max: 0 },
      because: 'lb1 keeps the VIP; lb2 hears nothing for 3.61s and takes it as well',
      during: ['MASTER', 'MASTER'],
      both: true,
      findings: [
        'Two hosts held 10.0.8.100 for 15.85s: lb1 and lb2. Each answered those who had it in their ARP table.',
      ],
    }),
  ],
  leftovers: [
    { host: 'lb2', reason: 'no answer from 10.0.8.12:22 within 10 s; its own timer puts it right at 13:15:00' },
  ],
};

const FLEET_COURSES: readonly Course[] = [
  SERVICE,
  KEEPALIVED,
  CRASH,
  {
    ...SERVICE,
    name: 'flap',
    fault: 'nginx stopped for 1s, 5 times',
    outage: 1200,
    predicted: { min: 1000, max: 6609 },
  },
  {
    name: 'isolate',
    fault: 'VRRP is dropped',
    mended: 'VRRP passes again',
    outage: 0,
    predicted: { min: 0, max: 0 },
    because: 'lb1 keeps the VIP; lb2 hears nothing for 3.61s and takes it as well',
    during: ['MASTER', 'MASTER'],
    both: true,
  },
  { ...CRASH, name: 'reboot', fault: 'the host was rebooted', mended: 'the host is up', duration: 60_000 },
];

/** Twenty pairs with six scenarios each, behind two jump hosts; one failed, one pair was skipped. */
export const FLEET: DrillReport = {
  ...REPORT,
  inventory: 'inventory/prod.yaml',
  duration: 3_720_000,
  clusters: Array.from({ length: 20 }, (_, index) => fleetPair(index)),
  scenarios: Array.from({ length: 19 }, (_, index) => index).flatMap((index) =>
    FLEET_COURSES.map((course, at) => {
      const late = index === 6 && at === 2;
      const findings = late
        ? ['The VIP did not answer for 5.34s; 5.00s are allowed, and 2.61-3.61s were predicted.']
        : [];
      return scenarioOf({ ...course, outage: late ? 5340 : course.outage + index * 11, findings }, fleetPair(index));
    }),
  ),
  skipped: [{ cluster: 'eu-20', reason: 'its verdict is degraded: eu-20/lb2: nginx is inactive' }],
};

function fleetPair(index: number): DrillCluster {
  const name = `eu-${String(index + 1).padStart(2, '0')}`;
  return pair(name, index, ['ops@bastion.example.com:22', 'ops@inner.example.com:2222']);
}

const LONG = 'balancer-with-a-name-that-is-as-long-as-a-name-of-a-host-may-well-be-in-some-clouds';

/** What strains a page: three hosts with long names, two instances, IPv6, many jump hosts, many faults, gaps, <&"'. */
export const ODD: DrillReport = {
  ...REPORT,
  inventory: `inventories/<prod> & "test"/${LONG}.yaml`,
  clusters: [
    {
      name: 'edge',
      service: 'haproxy',
      hosts: [1, 2, 3].map((n) => ({ id: `edge/${LONG}-${n}`, address: `2001:db8:1234:5678:9abc:def0:1234:567${n}` })),
      instances: [1, 2].map((n) => ({
        name: `VI_${n}`,
        vips: [`2001:db8:1234:5678:9abc:def0:1234:${n}000`, `10.0.30.${n}`],
        vrid: 60 + n,
        intervalSeconds: 0.1,
        priority: { [`${LONG}-1`]: 100 + n, [`${LONG}-2`]: 102 - n, [`${LONG}-3`]: 50 },
      })),
      jumps: [1, 2, 3, 4, 5].map((n) => `operator@jump-${n}.eu-central.example.com:2222`),
    },
  ],
  scenarios: [
    {
      name: 'flap',
      cluster: 'edge',
      instance: 'VI_1',
      vip: '2001:db8:1234:5678:9abc:def0:1234:1000',
      target: 'tcp://[2001:db8:1234:5678:9abc:def0:1234:1000]:443',
      client: `edge/${LONG}-3`,
      host: `edge/${LONG}-1`,
      holders: [],
      started: '2026-11-22T13:05:00.000Z',
      duration: 61_234,
      prediction: { outage: { min: 0, max: 90_000 }, because: `<script>alert(1)</script> ${LONG}` },
      outage_ms: 31_000,
      repair_outage_ms: 12_345,
      outages: [{ from: 4000, ms: 31_000, failed: 500 }],
      two_holders_ms: 0,
      requests: Array.from({ length: 1000 }, (_, index) => ({
        at: index * 50 + (index > 900 ? 11_000 : 0),
        ms: index % 3 === 0 ? 900 : 3,
        error: index > 80 && index % 7 < 4 ? `no answer from <${LONG}> & "others"` : null,
      })),
      marks: Array.from({ length: 12 }, (_, index) => ({
        at: 4000 + index * 1500,
        kind: index % 2 === 0 ? 'fault' : 'repair',
        host: `edge/${LONG}-1`,
        text: index % 2 === 0 ? 'haproxy stopped' : 'haproxy started',
      })),
      lanes: [1, 2, 3].map((n) => ({
        host: `edge/${LONG}-${n}`,
        spans: (['MASTER', 'FAULT', null, 'unseen', 'INIT', 'BACKUP', 'STOP'] as const).map((state, index) => ({
          from: index * 8000,
          to: index === 6 ? 61_234 : (index + 1) * 8000,
          state,
          holds: index === n,
        })),
      })),
      budget_ms: 5000,
      passed: false,
      findings: [`Nobody held the VIP <for> 31.00s & "more": ${LONG}${LONG}.`],
      notes: ["It's not over."],
    },
  ],
  skipped: [{ cluster: 'gone', reason: `${LONG} <could> not be reached` }],
  leftovers: [{ host: `edge/${LONG}-2`, reason: `haproxy is still stopped; ${LONG}` }],
};
