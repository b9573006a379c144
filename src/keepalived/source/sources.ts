/** Where an include stands, and the files that its pattern named on the host. */
export interface IncludeSite {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly paths: readonly string[];
}

/** A keepalived.conf of a host with all that it includes, as it stands there. */
export interface Sources {
  /** Absolute path of the file that keepalived begins with. */
  readonly root: string;
  /** Texts by absolute path. */
  readonly files: ReadonlyMap<string, string>;
  readonly includes: readonly IncludeSite[];
  /** The word that keepalived's conditions (@NAME) go by: its option -i; undefined where it has none. */
  readonly instance: string | undefined;
  /** The host's name, for ${_HOSTNAME}. */
  readonly hostname: string;
  /** All words that keepalived is started with; absent: nobody knows. */
  readonly options?: string;
  /** Who runs scripts where the configuration names nobody. Default root. */
  readonly scriptUser?: string;
}

/** Something that keepalived alone resolves, or that cannot be read. */
export interface Unresolved {
  readonly file: string;
  readonly line: number;
  /** As a clause: "the sequence ~SEQ is keepalived's to resolve". */
  readonly why: string;
  /** The word that `keepalived.drop` takes for it. */
  readonly word: string;
}
