import type { BlockOf } from './keyword.ts';
import type { VRRP_INSTANCE } from './table/vrrp-instance.ts';
import type { VRRP_SCRIPT } from './table/vrrp-script.ts';

export type { VirtualAddress } from './vip.ts';

/** A vrrp_script block as one host has it; times in seconds. */
export interface VrrpScript extends BlockOf<typeof VRRP_SCRIPT> {
  readonly name: string;
}

/** A vrrp_instance block as one host has it; times in seconds. */
export interface VrrpInstance extends BlockOf<typeof VRRP_INSTANCE> {
  readonly name: string;
}

/** Who gets mails, and through which server; `timeout` in seconds. */
export interface Mail {
  readonly to: readonly string[];
  readonly from: string;
  readonly server: string;
  readonly port: number;
  readonly timeout: number;
}

/** All of one host's keepalived.conf. */
export interface KeepalivedConfig {
  readonly router_id: string;
  /** Further lines for global_defs, checked keywords of keepalived. */
  readonly global_defs: readonly string[];
  /** Mails at each change of state, by keepalived's own mailer. */
  readonly mail?: Mail;
  readonly vrrp_scripts: readonly VrrpScript[];
  readonly vrrp_instances: readonly VrrpInstance[];
}
