import type { VrrpPhase } from '../../facts/keepalived/vrrp-state.ts';
import type { Service } from '../../inventory/model.ts';
import type { Range } from '../../vrrp/timing.ts';

/**
 * The faults that a drill can make. service: what the VIP stands for is stopped and stays so. keepalived: stopped in good
 * order. crash: keepalived is killed and its VIP left behind. isolate: VRRP is dropped between the members. reboot: of
 * the holder. flap: the service is stopped and started several times.
 */
export type ScenarioName = 'service' | 'keepalived' | 'crash' | 'isolate' | 'reboot' | 'flap';

/** A request of the client. Times in milliseconds; `at` counts from the scenario's start. */
export interface DrillRequest {
  readonly at: number;
  /** From its start to its answer, or to where the client gave up. */
  readonly ms: number;
  /** null: answered in time, over HTTP with a status below 500. */
  readonly error: string | null;
}

/** A state that a host had for a time. Milliseconds from the scenario's start. */
export interface LaneSpan {
  readonly from: number;
  readonly to: number;
  /** What keepalived said; null: it did not run; 'unseen': the host could not be asked. */
  readonly state: VrrpPhase | 'unseen' | null;
  /** Whether it had the instance's first VIP on an interface. */
  readonly holds: boolean;
}

/** What was seen of one host while a scenario ran: spans without gaps or overlaps, in order. */
export interface Lane {
  /** Host id. */
  readonly host: string;
  readonly spans: readonly LaneSpan[];
}

/** Something that was done, or that happened. */
export interface DrillMark {
  /** Milliseconds from the scenario's start. */
  readonly at: number;
  readonly kind: 'fault' | 'repair' | 'ok';
  readonly host: string;
  /** "nginx stopped", "keepalived killed", "VRRP is dropped". */
  readonly text: string;
}

/** A time in which no request was answered at once. */
export interface DrillOutage {
  /** Milliseconds from the scenario's start. */
  readonly from: number;
  readonly ms: number;
  readonly failed: number;
}

/** A scenario as it was predicted before the fault was made. Ranges in milliseconds. */
export interface Prediction {
  /** null: the VIP does not come back until the fault is put right. */
  readonly outage: Range | null;
  /** Who takes the VIP by the formulas; undefined: it stays where it is, or nobody does. */
  readonly taker?: string;
  /** The reckoning in words: "2 failed checks 2-5s, then skew of priority 90 0.65s". */
  readonly because: string;
}

/** What came of one scenario on one cluster. */
export interface DrillScenario {
  readonly name: ScenarioName;
  readonly cluster: string;
  /** The instance whose first VIP the client asked. */
  readonly instance: string;
  readonly vip: string;
  /** What the client asked: http://10.0.0.100/ or tcp://10.0.0.100:22. */
  readonly target: string;
  /** Host id of the client, or "here". */
  readonly client: string;
  /** Host id of the holder on which the fault was made. */
  readonly host: string;
  /** Who held the VIP while the fault lasted, once it had settled; empty: nobody. */
  readonly holders: readonly string[];
  /** ISO 8601. */
  readonly started: string;
  /** Milliseconds from its start to its last request. */
  readonly duration: number;
  readonly prediction: Prediction;
  /** The longest outage from the fault until it was put right; milliseconds. 0: no request was lost or late. */
  readonly outage_ms: number;
  /** The longest outage while the fault was being put right (the VIP may move back). */
  readonly repair_outage_ms: number;
  readonly outages: readonly DrillOutage[];
  /** The longest time with two holders of the VIP; milliseconds. */
  readonly two_holders_ms: number;
  readonly requests: readonly DrillRequest[];
  readonly marks: readonly DrillMark[];
  readonly lanes: readonly Lane[];
  /** Milliseconds: what an outage may last. */
  readonly budget_ms: number;
  readonly passed: boolean;
  /** Why it did not pass, as sentences; none where it did. */
  readonly findings: readonly string[];
  /** What else is to know, as sentences. */
  readonly notes: readonly string[];
}

/** A cluster, or a scenario of it, that was not drilled. */
export interface DrillSkipped {
  readonly cluster: string;
  readonly scenario?: ScenarioName;
  /** A clause: "its verdict is degraded: lb2: nginx is inactive". */
  readonly reason: string;
}

/** A cluster as the report draws it. */
export interface DrillCluster {
  readonly name: string;
  readonly service: Service;
  readonly hosts: readonly { readonly id: string; readonly address: string }[];
  readonly instances: readonly {
    readonly name: string;
    readonly vips: readonly string[];
    readonly vrid: number;
    readonly intervalSeconds: number;
    /** By host name. */
    readonly priority: Readonly<Record<string, number>>;
  }[];
  /** Jump hosts on the way, in order, as USER@HOST:PORT; empty: reached directly. */
  readonly jumps: readonly string[];
}

/** All that a drill found: what is printed, written as JSON, JUnit and HTML. */
export interface DrillReport {
  /** Version of haprov. */
  readonly haprov: string;
  /** Path of the inventory as it was given. */
  readonly inventory: string;
  /** ISO 8601. */
  readonly started: string;
  /** Milliseconds. */
  readonly duration: number;
  readonly clusters: readonly DrillCluster[];
  readonly scenarios: readonly DrillScenario[];
  readonly skipped: readonly DrillSkipped[];
  /** Hosts that could not be put right, each with why; empty where nothing was left behind. */
  readonly leftovers: readonly { readonly host: string; readonly reason: string }[];
}
