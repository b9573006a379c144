/** The SSH clients there are. */
export type TransportName = 'ssh2' | 'openssh';

/** What is known when the client is chosen. */
export interface TransportWish {
  /** `transport` of the inventory; undefined means auto. */
  readonly setting: 'auto' | TransportName | undefined;
  /** What the host needs and ssh2 cannot do, each as a clause; see SshConfigSettings.needs. */
  readonly needs: readonly string[] | undefined;
}

/** Which client connects to a host, and why, as a clause. */
export interface ChosenTransport {
  readonly transport: TransportName;
  readonly why: string;
}

/** Auto takes ssh2, which is faster, unless the host needs what only OpenSSH's own client can do. */
export function chooseTransport({ setting = 'auto', needs = [] }: TransportWish): ChosenTransport {
  const lacking = needs.join('; ');
  if (setting === 'openssh') return { transport: 'openssh', why: 'the inventory says so' };
  if (setting === 'ssh2') {
    const doubt = lacking === '' ? '' : `, though ssh2 may fail: ${lacking}`;
    return { transport: 'ssh2', why: `the inventory says so${doubt}` };
  }
  if (lacking === '') return { transport: 'ssh2', why: 'the host needs nothing that ssh2 cannot do' };
  return { transport: 'openssh', why: lacking };
}
