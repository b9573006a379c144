/** Where a trouble is planted: on a member of a pair, or on a host that belongs to no cluster. */
export type PlantRole = 'holder' | 'backup' | 'stranger';

/** POSIX sh by role, as root. It ends with the trouble in effect: it waits for conditions, not for time. */
export type PlantScripts = Readonly<Partial<Record<PlantRole, string>>>;

/** A trouble that a test makes on hosts by hand, and what the doctor has to say of it. */
export interface Plant {
  /** "a unit that is not enabled"; names the test. */
  readonly name: string;
  readonly plant: PlantScripts;
  readonly undo: PlantScripts;
  readonly finds: {
    readonly id: string;
    readonly status: 'fail' | 'warn';
    /** The evidence names the cause. */
    readonly says: RegExp;
  };
  /** Ids of what comes of it, and may be found as well; nothing else may, but that a plan would change the host (HD015). */
  readonly along?: readonly string[];
}

/** A pair to plant on. The holder has the higher priority, and takes the VIP back. */
export interface Ground {
  readonly vip: string;
  /** A free address beside it. */
  readonly other: string;
  readonly vrid: number;
  readonly stranger: string;
}

export const CONF = '/etc/keepalived/keepalived.conf';
export const LIBEXEC = '/usr/libexec/keepalived';
const FUNCTIONS = `await() { n=0; until eval "$1"; do n=$((n + 1)); [ $n -lt 150 ] || { echo "waited in vain for: $1" >&2; exit 1; }; sleep 0.1; done; }
loads() { journalctl -q --sync; journalctl -q -b -o cat -u keepalived | grep -c '^Reload complete'; }
reload() { before=$(loads); systemctl reload keepalived; await '[ "$(loads)" -gt "$before" ]'; }
`;
/** A script with the functions above. */
export const script = (text: string): string => `${FUNCTIONS}${text}`;
export const KEEP = `cp -p ${CONF} /root/kept.conf`;
export const BACK = script(`cp -p /root/kept.conf ${CONF}; reload`);
export const edit = (expression: string): string => script(`${KEEP}; sed -i '${expression}' ${CONF}; reload`);
/** A condition: the host has the VIP. */
export const holds = (vip: string): string => `ip -o addr show | grep -q ' ${vip}/'`;
/** keepalived calls a check failed once it has failed as often as its \`fall\` says. */
export const FAILS = `await "journalctl -q -n 3 -o cat -u keepalived | grep -q 'Script(check_.*) failed\\\\|in FAULT state\\\\|Entering FAULT'"`;

/** What two masters are found as, whyever they are. */
export const TWO_MASTERS = ['HD023', 'HD051', 'HD053'];
