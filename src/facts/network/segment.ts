import ipaddr from 'ipaddr.js';
import { quote } from '../../transport/quote.ts';
import type { Subject } from '../reader/subject.ts';
import { PERL, PROBE, PYTHON } from './segment-script.ts';

/** A VRRP advert on the wire. RFC 3768 and RFC 9568, 5.1 and 5.2. */
export interface AdvertFact {
  /** Normalised. */
  readonly source: string;
  readonly destination: string;
  readonly version: number;
  readonly vrid: number;
  readonly priority: number;
}

/** What was heard on a segment for some seconds. */
export interface SegmentFact {
  /** What listened; tcpdump hears no answers to ARP, arping gave those. */
  readonly tool: 'perl' | 'python3' | 'tcpdump';
  readonly adverts: readonly AdvertFact[];
  /** MAC addresses that answered for each IPv4 VIP, never this host's own; null where nothing on the host could ask. */
  readonly answers: ReadonlyMap<string, readonly string[]> | null;
  /** Sources of the probes that this host sent; empty where it could not. */
  readonly probing: readonly string[];
  /** Sources of the probes on the wire, this host's own among them as they leave it; one entry each. */
  readonly probes: readonly string[];
  /** Of those the ones that this host's firewall let in; null where that could not be heard. */
  readonly passed: readonly string[] | null;
}

/** The way of a host's adverts over IPv4. */
export interface ProbeWay {
  readonly source: string;
  readonly destination: string;
}

/** The key of a listening on an interface: for so many seconds, asking who has these IPv4 addresses, and probing ways. */
export function segmentKey(
  name: string,
  seconds: number,
  vips: readonly string[],
  ways: readonly ProbeWay[] = [],
): string {
  const probes = ways.map(({ source, destination }) => `probe=${source},${destination}`);
  return [name, String(seconds), ...vips, ...probes].join(' ');
}

/**
 * Listens on segments, all keys side by side; null where the host has nothing to listen with, or no such interface. It
 * asks by ARP probes (RFC 5227), which tell nobody anything and change no neighbour's cache, and sends probes of its own
 * where adverts would go, which every router has to discard.
 */
export const segmentSubject: Subject<string, SegmentFact | null> = {
  name: 'segments',
  script: (keys) => `${FUNCTIONS}
${keys.map((key, index) => `{ listen ${key.split(' ').map(quote).join(' ')} | sed 's/^/${index} /'; } &`).join('\n')}
wait`,
  parse: (output, keys) => {
    const lines = output.split('\n');
    return keys.map((key, index) => {
      const mark = `${index} `;
      return segmentOf(
        key,
        lines.flatMap((line) => (line.startsWith(mark) ? [line.slice(mark.length)] : [])),
      );
    });
  },
};

/** A tool that fails to start counts as absent: the next one is tried. */
const FUNCTIONS = `perl_code=${quote(PERL)}
python_code=${quote(PYTHON)}
listen() { # INTERFACE SECONDS [VIP...]
  [ -e "/sys/class/net/$1" ] || return 0
  if command -v perl >/dev/null; then echo tool perl; perl -e "$perl_code" -- "$@"; return; fi
  for p in python3 /usr/libexec/platform-python; do
    if command -v "$p" >/dev/null && "$p" -c 'import ctypes' 2>/dev/null; then echo tool python3; "$p" -c "$python_code" "$@"; return; fi
  done
  command -v tcpdump >/dev/null || return 0
  echo tool tcpdump
  i=$1 s=$2
  shift 2
  # 14 bytes of Ethernet, and no more of VRRP than its first eight: the password stands behind them.
  timeout -s INT "$s" tcpdump -i "$i" -nplx -s 42 'ip proto 112' 2>/dev/null | sed -n 's/^[[:space:]]*0x/dump 0x/p' &
  if arping -V 2>&1 | grep -q iputils; then
    echo asks
    for v do case $v in probe=*) continue ;; esac; arping -D -c 2 -w 2 -I "$i" "$v" 2>/dev/null | sed -n "s/.*reply from.*\\\\[\\\\([0-9A-Fa-f:]*\\\\)\\\\].*/arp $v \\\\1/p"; done
  fi
  wait
  echo end
}`;

function segmentOf(key: string, lines: readonly string[]): SegmentFact | null {
  const tool = lines.find((line) => line.startsWith('tool '))?.slice(5);
  if (tool !== 'perl' && tool !== 'python3' && tool !== 'tcpdump') return null;
  if (!lines.includes('end')) throw new Error(`${tool} did not listen on ${key.split(' ')[0]} to the end`);
  const packets =
    tool === 'tcpdump' ? joinDump(lines) : lines.flatMap((line) => /^vrrp ([0-9a-f]+)$/.exec(line)?.[1] ?? []);
  const rows = lines.flatMap((line) => {
    const [, vip, mac] = /^arp ([\d.]+) ([0-9a-f:]{17})$/i.exec(line) ?? [];
    return vip === undefined || mac === undefined ? [] : [{ vip, mac: mac.toLowerCase() }];
  });
  const vips = key
    .split(' ')
    .slice(2)
    .filter((word) => !word.startsWith('probe='));
  const sources = (word: string): string[] =>
    lines.flatMap((line) => new RegExp(`^${word} ([\\d.]+)$`).exec(line)?.[1] ?? []);
  const asked = tool !== 'tcpdump' || lines.includes('asks');
  return {
    tool,
    adverts: packets.flatMap((hex) => parseAdvert(Buffer.from(hex, 'hex'))),
    answers: asked
      ? new Map(vips.map((vip) => [vip, [...new Set(rows.flatMap((row) => (row.vip === vip ? [row.mac] : [])))]]))
      : null,
    probing: sources('probe'),
    probes: packets.flatMap((hex) => parseProbe(Buffer.from(hex, 'hex')) ?? []),
    passed: lines.includes('raw') ? sources('pass') : null,
  };
}

function parseProbe(packet: Buffer): string | undefined {
  const size = ((packet[0] ?? 0) & 15) * 4;
  if ((packet[0] ?? 0) >> 4 !== 4 || packet.subarray(size, size + 8).toString('hex') !== PROBE) return undefined;
  return packet.subarray(12, 16).join('.');
}

/** `0x0000:  45c0 0028 …`: a packet begins at offset 0 and may go on in further lines. */
function joinDump(lines: readonly string[]): string[] {
  const packets: string[] = [];
  for (const line of lines) {
    const [, offset, words] = /^dump 0x([0-9a-f]+):\s+([0-9a-f ]+)/.exec(line) ?? [];
    if (offset === undefined || words === undefined) continue;
    const hex = words.replaceAll(' ', '');
    if (Number.parseInt(offset, 16) === 0) packets.push(hex);
    else packets.push(`${packets.pop() ?? ''}${hex}`);
  }
  return packets;
}

function parseAdvert(packet: Buffer): AdvertFact[] {
  const six = (packet[0] ?? 0) >> 4 === 6;
  const size = six ? 40 : ((packet[0] ?? 0) & 15) * 4;
  // An advert, not one of other types that the RFCs leave unused.
  if (packet.length < size + 8 || size < 20 || ((packet[size] ?? 0) & 15) !== 1) return [];
  const [from, to, length] = six ? [8, 24, 16] : [12, 16, 4];
  const address = (at: number): string => ipaddr.fromByteArray([...packet.subarray(at, at + length)]).toString();
  return [
    {
      source: address(from),
      destination: address(to),
      version: (packet[size] ?? 0) >> 4,
      vrid: packet[size + 1] ?? 0,
      priority: packet[size + 2] ?? 0,
    },
  ];
}
