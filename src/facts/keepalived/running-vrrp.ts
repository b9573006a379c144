import type { Values } from '../../keepalived/keyword.ts';
import { VRRP_INSTANCE } from '../../keepalived/table/vrrp-instance.ts';
import { VRRP_SCRIPT } from '../../keepalived/table/vrrp-script.ts';
import { quote } from '../../transport/quote.ts';
import type { Member } from '../../vrrp/priority.ts';
import type { Adverts } from '../../vrrp/timing.ts';
import type { Subject } from '../reader/subject.ts';
import { type DumpBlock, masterOf, parseDump, phaseOf, shownOf, statusOf, titlesOf, type VrrpPhase } from './dump.ts';
import { VRRP_DUMP_SCRIPT } from './vrrp-state-script.ts';

export { passwordMark } from '../../keepalived/kinds/password.ts';

/** A vrrp_instance as keepalived runs it, whatever keepalived.conf says by now. Times in seconds. */
export interface RunningInstance extends Adverts, Omit<Member, 'host'> {
  readonly name: string;
  readonly state: VrrpPhase;
  /** What its checks' weights leave of it. */
  readonly effectivePriority: number;
  readonly vrid: number;
  readonly interface: string;
  /** Its adverts come from here; empty where keepalived does not tell. */
  readonly source: string;
  /** NONE, SIMPLE_PASSWORD, AH … */
  readonly authentication: string;
  /** By `passwordMark`; null without a password. The password itself never leaves the host. */
  readonly passwordMark: string | null;
  /** Normalised, without their prefixes; those that are excluded from adverts are not among them. */
  readonly addresses: readonly string[];
  /** Normalised; null: multicast. */
  readonly peers: readonly string[] | null;
  /** Of a BACKUP: whose adverts it hears. */
  readonly master: { readonly address: string; readonly priority: number } | null;
  readonly tracks: readonly { readonly script: string; readonly weight: number }[];
}

/** A vrrp_script as keepalived runs it. Times in seconds. */
export interface RunningScript {
  readonly name: string;
  /** Words of its command line. */
  readonly command: readonly string[];
  readonly interval: number;
  readonly timeout: number;
  readonly rise: number;
  readonly fall: number;
  readonly status: 'good' | 'bad' | 'unknown';
  /** keepalived holds it for insecure. */
  readonly insecure: boolean;
}

export interface RunningVrrp {
  readonly instances: readonly RunningInstance[];
  readonly scripts: readonly RunningScript[];
}

/** Lines that no keyword of the table stands for. */
const STATE = [
  'State',
  'Master router',
  'Master priority',
  'Using src_ip',
  'Effective priority',
  'Authentication type',
];
const KEYS = [...STATE, ...titlesOf(VRRP_INSTANCE, VRRP_SCRIPT), 'Insecure', 'Init state', 'Status'];

/**
 * What keepalived runs with at this moment; null where it does not run. The key is a salt: passwords are told as their
 * hash with it, so that they can be compared and nothing else. It writes to the host as vrrpStateSubject does.
 */
export const runningVrrpSubject: Subject<string, RunningVrrp | null> = {
  name: 'running VRRP configuration',
  script: ([salt = '']) => `${VRRP_DUMP_SCRIPT}
mark() { # NAME PASSWORD
  sum=$(printf '%s\\n%s' ${quote(salt)} "$2" | sha256sum) && echo "mark \${sum%% *} $1"
}
sed -n -e 's/^ VRRP Instance = /i/p' -e 's/^   Password = /p/p' "$file" | while IFS= read -r line; do
  case $line in i*) name=\${line#i} ;; *) mark "$name" "\${line#p}" ;; esac
done
sed -n -e '/^------< VRRP Topology/,/^------< Interfaces/{' -e '/^------</p' -e '/^ VRRP [A-Z][a-z]* = /p' \\
  -e '/^   \\(${KEYS.join('\\|')}\\) = /p' -e '/^   \\(Virtual IP\\|Unicast Peer\\|Tracked scripts\\|VRRP instances\\|Tracking instances\\)/p' \\
  -e '/^     [0-9a-f][0-9a-f:]*[.:]/p' -e '/^     [^ ]* weight /p' -e '}' "$file"`,
  parse: (output, salts) => {
    const value = parseRunning(output);
    return salts.map(() => value);
  },
};

function parseRunning(output: string): RunningVrrp | null {
  const dump = parseDump(output, 'VRRP configuration');
  if (dump === null) return null;
  const marks = new Map(
    dump.lines.flatMap((line) => {
      const [, sum, name] = /^mark ([0-9a-f]{64}) (.*)$/.exec(line) ?? [];
      return sum === undefined || name === undefined ? [] : [[name, sum] as const];
    }),
  );
  return {
    instances: dump.instances.map((block) => instanceOf(block, marks)),
    scripts: dump.scripts.map(scriptOf),
  };
}

function instanceOf(block: DumpBlock, marks: ReadonlyMap<string, string>): RunningInstance {
  const { name, values } = block;
  const state = phaseOf(values.get('State'));
  if (state === undefined) throw new Error(`no VRRP state: ${values.get('State')}`);
  const number = (key: string): number => Number.parseFloat(values.get(key) ?? 'NaN');
  // What the table's rows show has the types that RunningInstance gives it.
  return {
    name,
    preemptDelaySeconds: 0,
    ...shownOf(VRRP_INSTANCE, block),
    state,
    effectivePriority: number('Effective priority'),
    // `10.0.0.1 (from configuration)`.
    source: (values.get('Using src_ip') ?? '').split(' ')[0] ?? '',
    authentication: values.get('Authentication type') ?? 'NONE',
    passwordMark: marks.get(name) ?? null,
    master: masterOf(block),
  } as RunningInstance;
}

function scriptOf(block: DumpBlock): RunningScript {
  const { name, values } = block;
  const shown: Values = {
    ...shownOf(VRRP_SCRIPT, block),
    status: statusOf(block),
    insecure: values.get('Insecure') === 'yes',
  };
  return { name, ...shown } as RunningScript;
}
