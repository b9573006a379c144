import type { z } from 'zod';
import type { Command } from './needs.ts';

/** What a check asks: the kind, and what the inventory says of it. */
export interface AnyProbe {
  readonly kind: string;
}

/** Where a check stands in the inventory: some kinds are chosen by it. */
export interface Standing {
  /** The check's name. */
  readonly name: string;
  /** Units of the cluster's services. */
  readonly units: readonly string[];
}

/** Advice of lint about a check that is valid and yet not sensible. */
export interface Advice {
  readonly rule: string;
  readonly message: string;
}

/** What the doctor found that a check asks for and cannot get. */
export type Missing =
  | { readonly what: 'sockets'; readonly paths: readonly string[] }
  /** `detail` as AnswerFact has it: "status 404". */
  | { readonly what: 'answer'; readonly url: string; readonly detail: string };

/** Why a check fails, and what to do about it. */
export interface Reason {
  readonly evidence: string;
  readonly fix: string;
}

/** A local file that a check needs on the host. */
export interface CheckUpload {
  /** An absolute local path. */
  readonly src: string;
  readonly dest: string;
  /** Whether the host runs it, or only reads it. */
  readonly use: 'run' | 'read';
  /** The inventory's key that names it. */
  readonly key: string;
}

/**
 * A kind of check: all that haprov knows of it, in one file, named in the registry. Pure. `P` is what such a check asks,
 * `W` are the kind's keys as the inventory has them.
 */
export interface CheckKind<P extends AnyProbe, W = never> {
  readonly kind: P['kind'];
  /** The key that makes a check one of this kind, and what messages say it is for. */
  readonly key: { readonly name: string; readonly of: string };
  /** Zod's types of all its keys. Messages begin with "must be". */
  readonly keys: Readonly<Record<string, z.ZodType>>;
  /** Keys that say more about `key.name`, and nothing without it. */
  readonly options?: readonly string[];
  /** What the inventory's keys ask for; undefined: the check is of another kind. `absolute` completes a local path. */
  read(written: W, absolute: (path: string) => string, where: Standing): P | undefined;
  /** What is asked where the inventory names the kind or its service alone; undefined: that has to be written. */
  readonly standard?: P;
  /** The key that a lint warning is about, and the warning. */
  advise?(probe: P): Advice | undefined;
  /** The administrator's own file that is uploaded. */
  upload?(name: string, probe: P): CheckUpload | undefined;

  /** haprov's own script: its name in playbooks/files/, and its path on the host. */
  readonly script?: { readonly src: string; readonly dest: string };
  /** Commands that the script runs. */
  readonly needs: readonly Command[];
  /**
   * keepalived's command line for it, and the gates' too: words without blanks or quotes, since execve takes them.
   * `limit` is the script's own time limit in seconds, with one decimal.
   */
  command(name: string, probe: P, limit: string): readonly string[];
  /** The opposite of `command`; undefined: the words are not of this kind. */
  recognise(name: string, words: readonly string[]): P | undefined;

  /** URLs of the administrator's own that the VIP answers as well: the gates ask them there. */
  urls(probe: P): readonly string[];
  /** Whether a stopped service fails it at once; false: nobody knows before its timeout. */
  readonly failsAtOnce: boolean;
  /** URLs that the doctor tries besides those that it finds: what widespread tutorials ask for in a script's text. */
  readonly tutorialUrls?: readonly string[];
  /** What the doctor says where a check lacks something that this kind knows. */
  explain?(missing: Missing): Reason | undefined;
}
