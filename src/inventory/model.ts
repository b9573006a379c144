import type { Port } from '../checks/port.ts';
import type { Probe } from '../checks/registry.ts';
import type { ClusterService, Service } from '../checks/services.ts';
import type { SureKeys, ValueOf } from '../keepalived/keyword.ts';
import type { VRRP_INSTANCE } from '../keepalived/table/vrrp-instance.ts';
import type { VRRP_SCRIPT } from '../keepalived/table/vrrp-script.ts';
import type { VRRP_SYNC_GROUP } from '../keepalived/table/vrrp-sync-group.ts';
import type { Notify } from './notify.ts';
import type { Secret } from './secret.ts';

/** One hop on the way to a host, in the order of travel. */
export interface Hop {
  readonly user: string;
  /** Name or address to connect to. */
  readonly host: string;
  readonly port: number;
  /** What its text left open and a default filled in: ssh_config may say otherwise. */
  readonly unsaid?: readonly ('user' | 'port')[];
  /** The name by which it was called, where ssh_config leads elsewhere. */
  readonly name?: string;
  /** Its own settings, once ssh_config was asked; undefined: those of the host behind it. */
  readonly ssh?: SshSettings;
}

/** Where a setting came from: the inventory or the command line, the user's ssh_config, or neither of them. */
export type SettingOrigin = 'inventory' | 'ssh_config' | 'default';

/** A setting that ssh_config has a word for too. */
export type SshKey =
  | 'user'
  | 'port'
  | 'identity_file'
  | 'known_hosts_file'
  | 'host_key_checking'
  | 'proxy_jump'
  | 'connect_timeout';

/** How a host is reached; every default is filled in. What an inventory says, and after that SshConfigSettings. */
export interface SshSettings extends Partial<SshConfigSettings> {
  readonly user: string;
  readonly port: number;
  /** Absolute path; undefined means identity_files, else the agent, then the usual keys in ~/.ssh. */
  readonly identity_file?: string;
  readonly identity_passphrase?: Secret;
  readonly password?: Secret;
  /** Absolute path. */
  readonly known_hosts_file: string;
  readonly host_key_checking: 'strict' | 'accept-new' | 'off';
  readonly proxy_jump: readonly Hop[];
  /** Seconds. */
  readonly connect_timeout: number;
  /** Which SSH client connects; undefined means auto: ssh2, unless the host needs what only OpenSSH's own can do. */
  readonly transport?: 'auto' | 'ssh2' | 'openssh';
  /** The ssh_config to ask: an absolute path, or none; undefined means the user's and the system's, as ssh does. */
  readonly config_file?: string;
  /** Where settings came from; those that are absent were written in the inventory. */
  readonly origins?: Readonly<Partial<Record<SshKey, SettingOrigin>>>;
}

/** What ssh_config alone can say; all of it is absent until it was asked. Paths are absolute. */
export interface SshConfigSettings {
  /** HostName: what to connect to in place of the host's address. */
  readonly hostname: string;
  /** HostKeyAlias: the name in known_hosts, without a port. */
  readonly host_key_alias: string;
  /** IdentityFile, in order; some may not exist. */
  readonly identity_files: readonly string[];
  /** IdentitiesOnly: of the agent's keys, only those of the identity files. */
  readonly identities_only: boolean;
  /** IdentityAgent: its socket; empty for no agent. */
  readonly identity_agent: string;
  readonly certificate_files: readonly string[];
  /** ProxyCommand, its tokens not yet filled in. */
  readonly proxy_command: string;
  /** UserKnownHostsFile and then GlobalKnownHostsFile: all that is read; known_hosts_file is where keys are added. */
  readonly known_hosts_files: readonly string[];
  /** HashKnownHosts: names are hashed where a key is added. */
  readonly hash_known_hosts: boolean;
  /** AddressFamily. */
  readonly address_family: 4 | 6;
  /** The algorithms that ssh_config allows and ssh2 has, where ssh_config says anything of them. */
  readonly algorithms: SshAlgorithms;
  /** What this host needs and ssh2 cannot do, each as a clause: "it presents a user certificate (FILE)". */
  readonly needs: readonly string[];
  /** What only OpenSSH could still try where ssh2's login is refused: "the agent holds a hardware key". */
  readonly may_need: readonly string[];
}

/** Names of algorithms in order of preference; a list that is absent is ssh2's own choice. */
export interface SshAlgorithms {
  readonly kex?: readonly string[];
  readonly cipher?: readonly string[];
  readonly mac?: readonly string[];
  readonly host_key?: readonly string[];
}

/** false: already root. true: sudo without a password. Else sudo with one. */
export type Become = boolean | { readonly password: Secret };

/** A machine. A cluster's host; `id` is its name, or cluster/name where the name occurs in several clusters. */
export interface Host {
  readonly id: string;
  readonly name: string;
  readonly cluster: string;
  /** Name or IP address to connect to. */
  readonly address: string;
  readonly ssh: SshSettings;
  readonly become: Become;
}

/** A value for each host of the cluster, by host name. */
export type PerHost<T> = Readonly<Record<string, T>>;

/** A value as the inventory holds it: for each host where it may differ, secrets as such, checks whole. */
type Held<R> = R extends { readonly kind: { readonly type: 'password' } }
  ? Secret
  : R extends { readonly kind: { readonly type: 'checks' } }
    ? readonly Check[]
    : R extends { readonly perHost: string }
      ? PerHost<ValueOf<R>>
      : ValueOf<R>;

type Own<T> = {
  [K in keyof T]: T[K] extends { readonly inventory: false } | { readonly deprecated: true } ? never : K;
}[keyof T];

/** What the inventory holds of a block: every keyword of the table, its default filled in. */
export type InventoryBlock<T> = { readonly [K in Extract<Own<T>, SureKeys<T>>]: Held<T[K]> } & {
  readonly [K in Exclude<Own<T>, SureKeys<T>>]?: Held<T[K]>;
};

/** A check that decides whether a host may hold the VIP; times in seconds. */
export interface Check extends Omit<InventoryBlock<typeof VRRP_SCRIPT>, 'weight'> {
  readonly name: string;
  readonly weight: number;
  /** By host name, where hosts differ; then `weight` is that of a host that is not named. */
  readonly weights?: PerHost<number>;
  readonly probe: Probe;
}

/** A VRRP instance of a cluster: keepalived's keywords (src/keepalived/table/vrrp-instance.ts). */
export interface Instance extends InventoryBlock<typeof VRRP_INSTANCE> {
  readonly name: string;
}

/** Instances of a cluster that move together (src/keepalived/table/vrrp-sync-group.ts). */
export interface SyncGroup extends InventoryBlock<typeof VRRP_SYNC_GROUP> {
  readonly name: string;
}

export type { Service };
export type Firewall = 'auto' | 'iptables' | 'firewalld' | 'nftables' | 'ufw' | 'none';

/** Hosts that share virtual IPs. */
export interface Cluster {
  readonly name: string;
  /** The unit of the first service that has one, without `.service`; none without any. */
  readonly service: Service;
  readonly services: readonly ClusterService[];
  readonly hosts: readonly Host[];
  readonly vrrp_instances: readonly Instance[];
  /** Absent: none. */
  readonly vrrp_sync_groups?: readonly SyncGroup[];
  readonly notify: Notify;
  readonly firewall: Firewall;
  /** Ports that the firewall lets clients in to, beside VRRP. */
  readonly open: readonly Port[];
  readonly keepalived: {
    readonly log_detail: boolean;
    readonly global_defs: readonly string[];
    /** keepalived's words for what may go from a keepalived.conf that was there before. */
    readonly drop?: readonly string[];
    /** Absolute local paths of files with whole blocks. */
    readonly fragments?: readonly string[];
    /** Blocks beside the instances: by keyword, their lines. */
    readonly blocks?: readonly { readonly keyword: string; readonly lines: readonly string[] }[];
  };
  /** Absolute local path; undefined means the shipped playbook. */
  readonly playbook?: string;
}

/** What inventory.yaml says, typed, defaults filled in. */
export interface Inventory {
  /** As the user named it. */
  readonly file: string;
  /** Absolute; relative paths in the inventory are taken from here. */
  readonly directory: string;
  readonly forks: number;
  readonly clusters: readonly Cluster[];
}

/** One thing wrong with an inventory. Lines and columns count from 1. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly severity: 'error' | 'warning';
  /** Stable, kebab-case: weight-too-small, auth-length. */
  readonly rule: string;
  readonly message: string;
}
