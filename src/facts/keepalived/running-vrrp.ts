import { createHash } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { quote } from '../../transport/quote.ts';
import type { Subject } from '../reader/subject.ts';
import type { VrrpPhase } from './vrrp-state.ts';
import { VRRP_DUMP_SCRIPT } from './vrrp-state-script.ts';

/** A vrrp_instance as keepalived runs it, whatever keepalived.conf says by now. Times in seconds. */
export interface RunningInstance {
  readonly name: string;
  readonly state: VrrpPhase;
  /** As configured. */
  readonly priority: number;
  /** What its checks' weights leave of it. */
  readonly effectivePriority: number;
  readonly version: 2 | 3;
  readonly vrid: number;
  readonly interface: string;
  /** Its adverts come from here; empty where keepalived does not tell. */
  readonly source: string;
  readonly advertInterval: number;
  readonly preempt: boolean;
  readonly preemptDelay: number;
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

/** As the host tells a password with this salt; keepalived itself cuts it to 8 characters. */
export function passwordMark(salt: string, password: string): string {
  return createHash('sha256')
    .update(`${salt}\n${password.slice(0, 8)}`)
    .digest('hex');
}

const KEYS = [
  'State',
  'Master router',
  'Master priority',
  'VRRP Version',
  'Interface',
  'Using src_ip',
  'Virtual Router ID',
  'Priority',
  'Effective priority',
  'Advert interval',
  'Preempt',
  'Preempt delay',
  'Authentication type',
  'Command',
  'Interval',
  'Timeout',
  'Rise',
  'Fall',
  'Insecure',
  'Init state',
  'Status',
];

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

interface Block {
  readonly kind: string;
  readonly name: string;
  readonly values: Map<string, string>;
  readonly lists: Map<string, string[]>;
}

function parseRunning(output: string): RunningVrrp | null {
  const [first = '', ...lines] = output.split('\n');
  if (first === 'none') return null;
  if (!first.startsWith('pid ')) throw new Error(`no VRRP configuration: ${first}`);
  const marks = new Map(
    lines.flatMap((line) => {
      const [, sum, name] = /^mark ([0-9a-f]{64}) (.*)$/.exec(line) ?? [];
      return sum === undefined || name === undefined ? [] : [[name, sum] as const];
    }),
  );
  const blocks = blocksOf(lines);
  return {
    instances: blocks.flatMap((block) => (block.kind === 'Instance' ? [instanceOf(block, marks)] : [])),
    scripts: blocks.flatMap((block) => (block.kind === 'Script' ? [scriptOf(block)] : [])),
  };
}

/** Blocks begin with one blank, their values with three, what a list holds with five. */
function blocksOf(lines: readonly string[]): readonly Block[] {
  const blocks: Block[] = [];
  let block: Block | undefined;
  let list: string[] | undefined;
  for (const line of lines) {
    const [, kind, name] = /^ VRRP (\w+) = (.*)$/.exec(line) ?? [];
    if (line.startsWith('---')) block = undefined;
    if (kind !== undefined && name !== undefined) {
      block = { kind, name, values: new Map(), lists: new Map() };
      blocks.push(block);
      list = undefined;
    } else if (/^ {3}\S/.test(line)) {
      const [, key, value] = /^ {3}([\w ]+) = (.*)$/.exec(line) ?? [];
      const title = /^ {3}([A-Z][\w ]*\w)/.exec(line)?.[1] ?? '';
      list = undefined;
      if (key !== undefined && value !== undefined) block?.values.set(key, value);
      else {
        list = [];
        block?.lists.set(title, list);
      }
    } else if (line.startsWith('     ')) list?.push(line.trim());
  }
  return blocks;
}

function instanceOf({ name, values, lists }: Block, marks: ReadonlyMap<string, string>): RunningInstance {
  const number = (key: string): number => Number.parseFloat(values.get(key) ?? 'NaN');
  const master = values.get('Master router') ?? '';
  const heard = ipaddr.isValid(master) && !/^(?:0\.0\.0\.0|::)$/.test(master);
  return {
    name,
    state: phaseOf(values.get('State')),
    priority: number('Priority'),
    effectivePriority: number('Effective priority'),
    version: values.get('VRRP Version') === '3' ? 3 : 2,
    vrid: number('Virtual Router ID'),
    // `vrrp.51, vmac on eth0, xmit base iface`.
    interface: (values.get('Interface') ?? '').split(/[ ,]/)[0] ?? '',
    // `10.0.0.1 (from configuration)`.
    source: (values.get('Using src_ip') ?? '').split(' ')[0] ?? '',
    advertInterval: seconds(values.get('Advert interval')),
    preempt: values.get('Preempt') !== 'disabled',
    preemptDelay: seconds(values.get('Preempt delay') ?? '0 sec'),
    authentication: values.get('Authentication type') ?? 'NONE',
    passwordMark: marks.get(name) ?? null,
    addresses: addressesOf(lists.get('Virtual IP')),
    peers: lists.has('Unicast Peer') ? addressesOf(lists.get('Unicast Peer')) : null,
    master: heard ? { address: ipaddr.parse(master).toString(), priority: number('Master priority') } : null,
    tracks: (lists.get('Tracked scripts') ?? []).flatMap((line) => {
      const [, script, weight] = /^(\S+) weight (-?\d+)/.exec(line) ?? [];
      return script === undefined ? [] : [{ script, weight: Number(weight) }];
    }),
  };
}

const PHASES: readonly VrrpPhase[] = ['INIT', 'BACKUP', 'MASTER', 'FAULT', 'STOP'];

function phaseOf(text: string | undefined): VrrpPhase {
  const phase = PHASES.find((one) => one === text);
  if (phase === undefined) throw new Error(`no VRRP state: ${text}`);
  return phase;
}

function scriptOf({ name, values }: Block): RunningScript {
  const status = values.get('Status') ?? '';
  const init = values.get('Init state') ?? 'unknown';
  const waiting = status.startsWith('INIT') || init.startsWith('INIT');
  return {
    name,
    command: wordsOf(values.get('Command') ?? ''),
    interval: seconds(values.get('Interval')),
    timeout: seconds(values.get('Timeout') ?? '0 sec'),
    rise: Number(values.get('Rise') ?? '1'),
    fall: Number(values.get('Fall') ?? '1'),
    status: waiting ? 'unknown' : status === 'GOOD' ? 'good' : 'bad',
    insecure: values.get('Insecure') === 'yes',
  };
}

/** `'/a/check' 'http://x' '0.8'`, or bare words on old versions. */
function wordsOf(text: string): readonly string[] {
  return [...text.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}

/** "1 sec", "0.20 sec", "200 milli-sec", "2 secs". */
function seconds(text = ''): number {
  const value = Number.parseFloat(text);
  return /milli/.test(text) ? value / 1000 : value;
}

function addressesOf(lines: readonly string[] = []): readonly string[] {
  return lines.flatMap((line) => {
    const address = /^[0-9a-f.:]+/i.exec(line)?.[0] ?? '';
    return ipaddr.isValid(address) ? [ipaddr.parse(address).toString()] : [];
  });
}
