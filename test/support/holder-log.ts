import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Lab } from '../../docker/lab-handle.ts';
import { readAddressLine as readLine } from '../../src/operate/drill/member-lines.ts';
import { longest, type Span, spansOf, stretchesWhere, type Turn } from './spans.ts';

/**
 * Prints every change of a host's addresses with its time, until its input ends. The monitor has subscribed before the
 * addresses that are there already are printed, so that none is missed.
 */
const MONITOR = `TZ=UTC ip -ts -o monitor address & pid=$!
until awk -v pid=$pid '$3 == pid && $4 != "00000000" { found = 1 } END { exit !found }' /proc/net/netlink; do sleep 0.02; done
ip -o address show; echo watching
cat >/dev/null; kill $pid`;

/** Who held a virtual IP. */
export interface VipHolding {
  readonly vip: string;
  /** When each host held it. */
  readonly held: ReadonlyMap<string, readonly Span[]>;
  /** The longest time with two holders or more, and with none; milliseconds. */
  readonly twoMs: number;
  readonly noneMs: number;
  /** How often a host took it that did not hold it last. */
  readonly moves: number;
}

/** Who held the virtual IPs of a cluster while it was watched. */
export interface HolderLog {
  readonly watched: Span;
  readonly vips: readonly VipHolding[];
}

/** A watch on the addresses of hosts. */
export interface HolderWatch {
  stop(): Promise<HolderLog>;
}

/** A change of an address on a host, or an address that was there at the start. */
export interface AddressEvent {
  readonly host: string;
  readonly at: number;
  readonly address: string;
  readonly on: boolean;
}

/** Starts to watch which of the hosts have these addresses, by their kernels' own word. */
export async function watchHolders(lab: Lab, hosts: readonly string[], vips: readonly string[]): Promise<HolderWatch> {
  const events: AddressEvent[] = [];
  const monitors = await Promise.all(hosts.map((host) => startMonitor(lab, host, (event) => events.push(event))));
  const from = Date.now();
  return {
    stop: async () => {
      const to = Date.now();
      await Promise.all(monitors.map((end) => end()));
      return readHolders(events, hosts, vips, { from, to });
    },
  };
}

/** Gives what ends the monitor. Rejects when a host cannot be watched, or could not be watched to the end. */
async function startMonitor(lab: Lab, host: string, tell: (event: AddressEvent) => void): Promise<() => Promise<void>> {
  const container = lab.hosts.get(host)?.container ?? '';
  const child = spawn('docker', ['exec', '--interactive', container, 'sh', '-c', MONITOR], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let stopping = false;
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (stopping) resolve();
      else reject(new Error(`${host} is watched no more: ${code ?? signal}`));
    });
  });
  await new Promise<void>((resolve, reject) => {
    ended.catch(reject);
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line === 'watching') return resolve();
      const event = readAddressLine(line, host);
      if (event !== undefined) tell(event);
    });
  });
  return () => {
    stopping = true;
    child.stdin.end();
    return ended;
  };
}

/** An address line of a host; one without a time was so from the beginning. Undefined for a line that tells of no address. */
export function readAddressLine(line: string, host: string): AddressEvent | undefined {
  const found = readLine(line);
  return found === undefined ? undefined : { host, at: found.time ?? 0, address: found.address, on: found.on };
}

/** Who held what, out of the events of all hosts. Pure. */
export function readHolders(
  events: readonly AddressEvent[],
  hosts: readonly string[],
  vips: readonly string[],
  watched: Span,
): HolderLog {
  return {
    watched,
    vips: vips.map((vip) => {
      const held = new Map(
        hosts.map((host) => {
          const own = events.filter((event) => event.host === host && event.address === vip);
          const turns: Turn[] = own.toSorted((a, b) => a.at - b.at);
          return [host, spansOf(turns, watched.to)] as const;
        }),
      );
      const lists = [...held.values()];
      return {
        vip,
        held,
        twoMs: longest(stretchesWhere(watched, lists, (count) => count > 1)),
        noneMs: longest(stretchesWhere(watched, lists, (count) => count === 0)),
        moves: countMoves(held, watched),
      };
    }),
  };
}

function countMoves(held: ReadonlyMap<string, readonly Span[]>, { from }: Span): number {
  const takes = [...held].flatMap(([host, spans]) => spans.map((span) => ({ host, at: span.from })));
  const inOrder = takes.toSorted((a, b) => a.at - b.at);
  return inOrder.filter(({ host, at }, index) => at > from && index > 0 && inOrder[index - 1]?.host !== host).length;
}
