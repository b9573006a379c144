import type { Ask } from '../facts/reader/subject.ts';
import type { Packet, Passage } from './passage.ts';
import type { Flow } from './vrrp-traffic.ts';

/** A firewall. Each is one file that answers this interface; registry.ts names them. */
export interface Backend {
  /** Whether it filters on this host: what `firewall: auto` goes by. */
  readonly filters: (ask: Ask) => Promise<boolean>;
  /** What lets these flows through, or why haprov does not do it. */
  readonly open: (flows: readonly Flow[], ask: Ask) => Promise<readonly Opening[] | Refusal>;
  /** What sets its rules at boot. Absent where the firewall keeps them itself. */
  readonly persistence?: Persistence;
  /** POSIX sh that only looks, and exits 0 where the change has something to do. Absent where haprov writes no rules. */
  readonly dueProbe?: (change: RuleChange) => string;
  /** What the doctor reads of it. */
  readonly inspect: (flows: readonly Flow[], ask: Ask) => Promise<Inspection>;
}

export interface Refusal {
  readonly refused: string;
  readonly next: string;
}

/** Rules as data, by keys of the backend's own; src/host/firewall-BACKEND.sh says what they are. */
export type RuleState = Readonly<Record<string, string>>;

/** From one state of a firewall's rules to another. */
export interface RuleChange {
  readonly before: RuleState;
  readonly after: RuleState;
}

/** That, with verb phrases of the change and of its inverse. */
export interface NamedRuleChange extends RuleChange {
  readonly describe: string;
  readonly describeBack: string;
}

/** A change that lets flows through. */
export interface Opening extends NamedRuleChange {
  /** As the plan prints it. */
  readonly target: string;
  /** What is not there yet, in words. Empty where all is, and no more than the persistence may be missing. */
  readonly missing: string;
  readonly phase: 'prepare' | 'activate';
  /** What the plan calls it. Default open. */
  readonly action?: 'open' | 'remove';
}

/** Files and a unit of haprov's own that set the rules at boot, and that start with the firewall's services. */
export interface Persistence {
  /** Without `.service`. Starting it sets the rules. */
  readonly unit: string;
  readonly files: (flows: readonly Flow[]) => readonly OwnFile[];
  /** Closes what the first of these files opens, by its text; `target` as the plan prints it. */
  readonly target: string;
  readonly close: (text: string) => NamedRuleChange;
}

/** A file of root's. */
export interface OwnFile {
  readonly path: string;
  readonly text: string;
  readonly mode: string;
}

/** A firewall on one host, as its rules were read. */
export interface Inspection {
  /** How it is named where VRRP may pass. Absent where it does not filter. */
  readonly inForce?: string;
  /** What stops a packet, or may; undefined where it passes. */
  readonly block: (packet: Packet) => Block | undefined;
  /** VRRP may pass, and will not after the firewall has read its settings again. */
  readonly fleeting?: { readonly evidence: string; readonly fix: string };
}

export interface Block extends Passage {
  /** Whose rule it is: "ip6tables". */
  readonly layer: string;
  readonly fix: string;
}

/** Of a firewall that haprov reads and does not write. */
export function refuse(name: string, advice: string): Refusal {
  return {
    refused: `${name} rules this host, and haprov does not write its rules`,
    next: `${advice} Then set firewall: none for this cluster.`,
  };
}
