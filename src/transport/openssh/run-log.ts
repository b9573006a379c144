/** What the log of a command's ssh process tells. Source: mux.c of OpenSSH, at DEBUG2. */
export interface RunLog {
  /** The channel that the server opened for the command, as the master counts them. */
  readonly channel: number | undefined;
  /** The server has no room for a channel now; nothing was sent. */
  readonly refused: boolean;
  /** The command's exit status, where the server told one. */
  readonly status: number | undefined;
}

/** Reads the log of a command's ssh process. */
export function readRunLog(text: string): RunLog {
  const channel = /master session id: (\d+)/.exec(text)?.[1];
  const status = /^debug2: Received exit status from master (\d+)$/m.exec(text.replaceAll('\r', ''))?.[1];
  return {
    channel: channel === undefined ? undefined : Number(channel),
    refused: /session request failed: Session open refused by peer/.test(text),
    status: status === undefined ? undefined : Number(status),
  };
}

/**
 * Whether the server refused to run a command on this channel, by the master's log. The master has a message for it
 * that it never gets to write: it closes the channel first. Source: client_status_confirm of OpenSSH's clientloop.c.
 */
export function isExecRefused(masterLog: string, channel: number): boolean {
  const asked = masterLog.lastIndexOf(`channel ${channel}: request exec confirm`);
  return asked >= 0 && !masterLog.slice(asked).includes(`exec request accepted on channel ${channel}`);
}
