/**
 * One host's view of VRRP, in keepalived's own words. Values are already checked: nothing here can break out of its
 * place in keepalived.conf.
 */

/** An address that a VRRP instance adds and removes. */
export interface VirtualAddress {
  readonly address: string;
  readonly prefix: number;
  readonly family: 4 | 6;
  /** Interface label such as eth0:1; at most 15 characters, IPv4 only. */
  readonly label?: string;
}

/** A vrrp_script block; times in seconds. */
export interface VrrpScript {
  readonly name: string;
  /** Absolute path on the host, with arguments, as keepalived's execve takes it. */
  readonly script: string;
  readonly interval: number;
  readonly timeout: number;
  /** -253..253; 0 means FAULT when the check fails. */
  readonly weight: number;
  readonly fall: number;
  readonly rise: number;
}

/** A vrrp_instance block as one host has it. */
export interface VrrpInstance {
  readonly name: string;
  readonly interface: string;
  readonly virtual_router_id: number;
  readonly priority: number;
  /** Seconds; an integer 1..255 in VRRP version 2, 0.01..40.95 in version 3. */
  readonly advert_int: number;
  readonly nopreempt: boolean;
  /** Seconds, 0..1000. */
  readonly preempt_delay?: number;
  readonly version?: 2 | 3;
  readonly auth_pass?: string;
  readonly unicast?: { readonly src_ip: string; readonly peers: readonly string[] };
  readonly virtual_ipaddress: readonly VirtualAddress[];
  /** Names of the vrrp_script blocks that this instance tracks. */
  readonly track_script: readonly string[];
  /** Absolute path of the notify script on the host. */
  readonly notify?: string;
}

/** All of one host's keepalived.conf. */
export interface KeepalivedConfig {
  readonly router_id: string;
  /** Further lines for global_defs, checked keywords of keepalived. */
  readonly global_defs: readonly string[];
  readonly vrrp_scripts: readonly VrrpScript[];
  readonly vrrp_instances: readonly VrrpInstance[];
}
