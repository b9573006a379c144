import type { SshSettings } from '../../inventory/model.ts';
import type { KnownHost } from '../host-keys/known-hosts.ts';
import type { TransportLimits } from '../path/transport-limits.ts';
import type { FromRelay, WireError } from './from-relay.ts';

/** Settings of a connection that a relay needs; where keys and known_hosts are is not among them. */
export type WireSettings = Pick<
  SshSettings,
  | 'user'
  | 'port'
  | 'known_hosts_file'
  | 'host_key_checking'
  | 'connect_timeout'
  | 'hostname'
  | 'host_key_alias'
  | 'address_family'
  | 'algorithms'
  | 'origins'
>;

/** Public keys to try in turn under one name. Their private halves stay where they are. */
export interface WireKeys {
  readonly label: string;
  /** Each as in authorized_keys: `ssh-ed25519 AAAA…`. */
  readonly keys: readonly string[];
}

/** How to log in; a fault where that cannot be told. */
export type WireLogin =
  | { readonly keys: readonly WireKeys[]; readonly password?: string; readonly notes: readonly string[] }
  | { readonly fault: WireError };

/** One sshd on the way from the relay on: a further jump host, or last the host itself. */
export interface WirePlace {
  /** By which the relay speaks of it. */
  readonly place: number;
  readonly user: string;
  readonly host: string;
  readonly port: number;
  readonly name?: string;
  readonly ssh: WireSettings;
  /** Equal for settings by which a connection to a jump host may be shared. */
  readonly sharing: string;
  readonly login: WireLogin;
  /** The entries of known_hosts for its name, and for its name without a port. */
  readonly known: readonly (readonly [name: string, entries: readonly KnownHost[]])[];
}

/** A host to connect to. */
export interface WireHost {
  readonly id: string;
  readonly name: string;
  readonly cluster: string;
  readonly address: string;
  readonly become: boolean | { readonly password: string };
}

/**
 * What a relay is told. `id` names a request until it is answered; the id of a `connect` names its session from then on.
 * Parts behind it: `run` has the script and, with `stdin`, the input; `answer` what was asked for.
 */
export type ToRelay =
  | { readonly kind: 'open'; readonly transport: number; readonly limits: TransportLimits }
  | { readonly kind: 'end'; readonly transport: number }
  | {
      readonly kind: 'connect';
      readonly id: number;
      readonly transport: number;
      readonly host: WireHost;
      readonly way: readonly WirePlace[];
    }
  | {
      readonly kind: 'run';
      readonly id: number;
      readonly session: number;
      readonly become: boolean;
      readonly timeoutMs: number | null;
      readonly live: boolean;
      readonly stdin: boolean;
    }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'close'; readonly session: number }
  | { readonly kind: 'answer'; readonly id: number; readonly error: WireError | null }
  | { readonly kind: 'alive' };

/** The parts of a message. */
export function packMessage(message: ToRelay | FromRelay, parts: readonly Uint8Array[] = []): Uint8Array[] {
  return [Buffer.from(JSON.stringify(message)), ...parts];
}

/** For the relay, which believes whom it serves. */
export function parseToRelay(part: Buffer | undefined): ToRelay {
  return JSON.parse(part?.toString() ?? '') as ToRelay;
}
