import type { BlockOf } from './keyword.ts';
import type { VRRP_INSTANCE } from './table/vrrp-instance.ts';
import type { VRRP_SCRIPT } from './table/vrrp-script.ts';
import type { VRRP_SYNC_GROUP } from './table/vrrp-sync-group.ts';
import type { TRACK_FILE, VRRP_TRACK_PROCESS } from './table/vrrp-track.ts';

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

/** A vrrp_track_process block; what else reads it is in the instances. */
export interface TrackProcess extends BlockOf<typeof VRRP_TRACK_PROCESS> {
  readonly name: string;
}

/** A track_file block. */
export interface TrackFile extends BlockOf<typeof TRACK_FILE> {
  readonly name: string;
}

/** A vrrp_sync_group block: instances that move together. */
export interface SyncGroupBlock extends BlockOf<typeof VRRP_SYNC_GROUP> {
  readonly name: string;
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
  readonly vrrp_track_processes?: readonly TrackProcess[];
  readonly track_files?: readonly TrackFile[];
  readonly vrrp_sync_groups?: readonly SyncGroupBlock[];
  /** Whole blocks that stand beside the instances: by keyword, their lines. */
  readonly blocks?: readonly { readonly keyword: string; readonly lines: readonly string[] }[];
  /** Files on the host that the file includes, absolute paths. */
  readonly fragments?: readonly string[];
}
