import type { Module } from '../tasks/task.ts';

/** A task as the playbook has it; its arguments are still templates. */
export interface PlaybookTask {
  readonly name: string;
  readonly module: Module<unknown>;
  readonly args: unknown;
  /** A Liquid expression; the task counts only where it is true. */
  readonly when?: string;
  /** A Liquid expression that gives a list; the task is done for each `item` of it. */
  readonly loop?: string;
  /** Names of handlers. */
  readonly notify: readonly string[];
  readonly tags: readonly string[];
  /** FILE:LINE:COLUMN, for messages. */
  readonly where: string;
}

/** What is done to a host, read from top to bottom. */
export interface Playbook {
  readonly name: string;
  /** Absolute. */
  readonly file: string;
  readonly tasks: readonly PlaybookTask[];
  readonly handlers: readonly PlaybookTask[];
}
