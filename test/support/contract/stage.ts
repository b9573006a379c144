import type { KexAlgorithm } from 'ssh2';
import type { Become, Hop, Host, SshSettings } from '../../../src/inventory/model.ts';
import type { AcceptedHostKey } from '../../../src/transport/host-keys/host-key-check.ts';
import type { TransportLimits } from '../../../src/transport/path/transport-limits.ts';
import type { Session, Transport } from '../../../src/transport/session.ts';
import type { TestHome } from '../ssh-host.ts';
import type { TestKey } from '../ssh-keys.ts';
import type { ServerBehaviour, TestServer } from '../ssh-server.ts';
import type { TcpFront } from '../tcp-front.ts';

/** What a machine is to be like; all that is left out is as a good machine would be. */
export interface Wish {
  /** Path of the login shell. Default /bin/sh. */
  readonly shell?: string;
  /** What the login shell reads first, for bash. */
  readonly bashrc?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Said before the login. */
  readonly banner?: string;
  readonly forceCommand?: string;
  readonly sudo?: 'free' | 'password' | 'refused' | 'missing' | 'doas';
  readonly lecture?: true;
  readonly requiresTty?: true;
  /** For logins, and for sudo where it asks. */
  readonly password?: string;
  /** A password by keyboard-interactive only. */
  readonly interactive?: true;
  readonly expired?: true;
  readonly tmp?: 'noexec' | 'full';
  readonly maxSessions?: number;
  /** The one key exchange that it has. */
  readonly kex?: KexAlgorithm;
  readonly hostKeys?: readonly TestKey[];
  readonly authorizedKeys?: readonly TestKey[];
  readonly address?: '127.0.0.1' | '::1';
  /** Connections closed before the greeting, counted from 1. */
  readonly drop?: (count: number) => boolean;
  /** Lines of sshd_config. */
  readonly sshd?: readonly string[];
  /** What only a server made of our own code can do. */
  readonly server?: ServerBehaviour;
  /** It is reached by a name that means what the test says; needs root. */
  readonly names?: true;
  /** Its processes are killed or stopped one by one. */
  readonly processes?: true;
}

/** A machine to connect to, trusted by the stage's known_hosts. */
export interface Machine {
  readonly port: number;
  readonly hostKeys: readonly TestKey[];
  readonly front: TcpFront;
  /** A script that prints 1 where it has the privileges of root, else an empty line. */
  readonly elevated: string;
  /** The server, where it is made of our own code. */
  readonly server: TestServer | undefined;
  host(ssh?: Partial<SshSettings>, become?: Become): Host;
  hop(user?: string): Hop;
  /** Kills the server's processes that carry the session. */
  killSessions(): Promise<void>;
  /** Starts the server anew; sessions go on. */
  restart(): Promise<void>;
  /** Stops the server's processes; the kernel still acknowledges what is sent to them. */
  freeze(): Promise<void>;
  /** Runs a script beside the server. */
  exec(script: string): Promise<string>;
  close(): Promise<void>;
}

/** How a session is opened. */
export interface Opening {
  readonly limits?: Partial<TransportLimits>;
  readonly ssh?: Partial<SshSettings>;
  readonly become?: Become;
}

/** Where one case plays; everything it opens is closed afterwards. */
export interface Stage {
  readonly client: Rig['client'];
  readonly home: TestHome;
  readonly accepted: readonly AcceptedHostKey[];
  machine(wish?: Wish): Promise<Machine>;
  transport(limits?: Partial<TransportLimits>, agentSocket?: string): Transport;
  open(wish?: Wish, opening?: Opening): Promise<{ machine: Machine; transport: Transport; session: Session }>;
  /** Closed with the stage. */
  keep(thing: { close(): unknown }): void;
  close(): Promise<void>;
}

/** A client and a kind of server for the cases to run on. */
export interface Rig {
  readonly client: 'ssh2' | 'openssh' | 'relay';
  readonly server: 'in-process' | 'sshd';
  /** Cases in which the client differs, by name, and how. */
  readonly except?: ReadonlyMap<string, string>;
  /** Whether the same client meets a case of these wishes on another server. */
  readonly playedElsewhere?: (wishes: readonly Wish[]) => boolean;
  /** Why there can be no such machine here; undefined where there can. */
  lacks(wish: Wish): string | undefined;
  stage(): Promise<Stage>;
}
