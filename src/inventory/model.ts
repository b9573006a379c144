import type { VirtualAddress } from '../vrrp/instance.ts';
import type { Secret } from './secret.ts';

/** One hop on the way to a host, in the order of travel. */
export interface Hop {
  readonly user: string;
  readonly host: string;
  readonly port: number;
}

/** How a host is reached; every default is filled in. */
export interface SshSettings {
  readonly user: string;
  readonly port: number;
  /** Absolute path; undefined means the agent, then the usual keys in ~/.ssh. */
  readonly identity_file?: string;
  readonly identity_passphrase?: Secret;
  readonly password?: Secret;
  /** Absolute path. */
  readonly known_hosts_file: string;
  readonly host_key_checking: 'strict' | 'accept-new' | 'off';
  readonly proxy_jump: readonly Hop[];
  /** Seconds. */
  readonly connect_timeout: number;
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

/** A check that decides whether a host may hold the VIP; times in seconds. */
export interface Check {
  readonly name: string;
  readonly interval: number;
  readonly timeout: number;
  readonly weight: number;
  readonly fall: number;
  readonly rise: number;
  readonly probe:
    | { readonly kind: 'nginx'; readonly url: string }
    | { readonly kind: 'haproxy'; readonly socket: string }
    /** The user's own script: an absolute local path. */
    | { readonly kind: 'script'; readonly script: string };
}

/** A value for each host of the cluster, by host name. */
export type PerHost<T> = Readonly<Record<string, T>>;

/** A VRRP instance of a cluster. */
export interface Instance {
  readonly name: string;
  readonly virtual_router_id: number;
  readonly interface: PerHost<string>;
  readonly priority: PerHost<number>;
  readonly virtual_ipaddress: readonly VirtualAddress[];
  readonly auth_pass?: Secret;
  readonly advert_int: number;
  readonly nopreempt: PerHost<boolean>;
  readonly preempt_delay?: number;
  readonly version?: 2 | 3;
  /** undefined: multicast. Else every host's own source address; peers are the other hosts'. */
  readonly unicast?: PerHost<{ readonly src_ip: string; readonly peers: readonly string[] }>;
  readonly track_script: readonly Check[];
}

export type Service = 'nginx' | 'haproxy' | 'none';
export type Firewall = 'auto' | 'iptables' | 'firewalld' | 'nftables' | 'ufw' | 'none';

/** Hosts that share virtual IPs. */
export interface Cluster {
  readonly name: string;
  readonly service: Service;
  readonly hosts: readonly Host[];
  readonly vrrp_instances: readonly Instance[];
  /** `script` is an absolute local path. */
  readonly notify: { readonly slack_webhook?: Secret; readonly script?: string };
  readonly firewall: Firewall;
  readonly keepalived: { readonly log_detail: boolean; readonly global_defs: readonly string[] };
  /** Absolute local path; undefined means the shipped playbook of the service. */
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
  /** Stable, kebab-case: nopreempt-weight, auth-length. */
  readonly rule: string;
  readonly message: string;
}
