/** What a run does with the channel of its command. */
export interface Channel {
  write(bytes: Uint8Array | string): void;
  /** No more input follows. */
  end(): void;
  /** Asks for the command's end, where the channel can ask at all; servers may ignore it. */
  terminate(): void;
}

/** How a command ended. `code` is null where it has none: `signal` then says what is known of the cause. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | undefined;
}

/**
 * Why no command was started. `no-room`: the server opens no further channel now. `exec`: it runs no commands. `lost`:
 * it cannot be reached or does not answer. `unsent`: what was written has surely not left.
 */
export interface StartFailure {
  readonly kind: 'no-room' | 'exec' | 'lost';
  readonly why: string;
  readonly unsent: boolean;
}

/** What happens on a channel. Nothing follows `ended`; after `failed` only `ended` may. */
export interface ChannelEvents {
  /** Input may follow, though the server may not have answered yet. */
  requested(channel: Channel): void;
  stdout(bytes: Buffer): void;
  stderr(bytes: Buffer): void;
  failed(failure: StartFailure): void;
  /** The server has freed the channel. undefined: it did not say how the command ended. */
  ended(exit: Exit | undefined): void;
}

/** Runs a command on a channel of its own. The result lets go of it, at whatever stage it is; safe to call twice. */
export type OpenChannel = (command: string, events: ChannelEvents) => () => void;
