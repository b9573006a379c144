/** What the log of a command's ssh process tells. Source: mux.c of OpenSSH, at DEBUG2. */
export interface RunLog {
  /** The server opened a channel for the command. */
  readonly opened: boolean;
  /** The server has no room for a channel now; nothing was sent. */
  readonly refused: boolean;
  /** The command's exit status, where the server told one. */
  readonly status: number | undefined;
}

/** Reads the log of a command's ssh process. */
export function readRunLog(text: string): RunLog {
  const status = /^debug2: Received exit status from master (\d+)$/m.exec(text.replaceAll('\r', ''))?.[1];
  return {
    opened: /master session id: \d+/.test(text),
    refused: /session request failed: Session open refused by peer/.test(text),
    status: status === undefined ? undefined : Number(status),
  };
}
