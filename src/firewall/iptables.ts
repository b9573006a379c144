import ipaddr from 'ipaddr.js';
import { type Port, portText } from '../checks/port.ts';
import type { Ask } from '../facts/reader/subject.ts';
import { contentSubject } from '../facts/system/file.ts';
import { unitSubject } from '../facts/system/unit.ts';
import { quote } from '../transport/quote.ts';
import type { Backend, Block, Inspection, Opening, RuleState } from './backend.ts';
import {
  type IptablesCommand,
  type IptablesFact,
  iptablesPassage,
  iptablesSubject,
  type Rule,
} from './iptables-table.ts';
import type { Flow } from './vrrp-traffic.ts';

const OPEN = 'let VRRP through iptables';
const SERVICE = 'haprov-firewall';
const SCRIPT = '/usr/libexec/keepalived/haprov-firewall';
const UNIT = '/etc/systemd/system/haprov-firewall.service';

/** nft tables that iptables keeps where it works through nft. */
export const IPTABLES_TABLES = /^ip6? (?:filter|nat|mangle|raw|security)$/;

/**
 * Rules at the top of INPUT and OUTPUT, and a unit of haprov's own that sets them at boot and whenever the rules are
 * loaded anew. Not through iptables-persistent: saving dumps every live rule, Docker's and fail2ban's too, and
 * installing it removes ufw on Debian 12 and later.
 */
export const iptables: Backend = {
  filters: async (ask) => (await ask(iptablesSubject, 'iptables')) !== null,
  async open(flows, ask) {
    const commands = [...new Set(flows.map(commandOf))];
    const [unit, script, ...facts] = await Promise.all([
      ask(unitSubject, SERVICE),
      ask(contentSubject, SCRIPT),
      ...commands.map((command) => ask(iptablesSubject, command)),
    ]);
    const absent = commands.find((_, index) => facts[index] === null);
    if (absent !== undefined) {
      return {
        refused: `${absent} is not installed on this host`,
        next: 'Set firewall: auto, or none where nothing filters.',
      };
    }
    const factOf = (flow: Flow): IptablesFact => facts[commands.indexOf(commandOf(flow))] ?? { policy: {}, rules: [] };
    const missing = flows.filter((flow) => !isOpen(flow, factOf(flow)));
    // A rule that is there, too low to count, is moved up and not added: it stays.
    const there = flows.filter((flow) => factOf(flow).rules.some((rule) => isSame(rule, flow)));
    const added = flows.length - there.length;
    // Of ports alone: VRRP's may still be needed while the other members change.
    const ports = rulesIn(script ?? '').filter((rule) => rule.includes(' --dport '));
    const gone = ports.filter((rule) => !flows.some((flow) => ruleOf(flow) === rule));
    const stale = await live(gone, ask);
    return [
      ...(stale.length === 0 ? [] : [closing(stale)]),
      {
        target: targetOf(flows),
        missing: missing.map((flow) => `${commandOf(flow)} -I ${showRule(flow)}`).join('; '),
        phase: 'activate',
        describe: OPEN.replace('VRRP', namesOf(flows)),
        describeBack: added === 0 ? `stop ${SERVICE}` : `delete ${added} rules of ${namesOf(flows)}`,
        before: stateOf(there.map(ruleOf), unit.active === 'active'),
        after: stateOf(flows.map(ruleOf), true),
      },
    ];
  },
  persistence: {
    unit: SERVICE,
    files: (flows) => [
      { path: SCRIPT, text: renderScript(flows), mode: '0755' },
      { path: UNIT, text: UNIT_TEXT, mode: '0644' },
    ],
    target: 'iptables: VRRP',
    close(script) {
      const rules = rulesIn(script);
      const describe = `delete ${rules.length} rules of VRRP`;
      return { before: stateOf(rules, true), after: stateOf([], true), describe, describeBack: OPEN };
    },
  },
  dueProbe({ before, after }) {
    const [old, wanted] = [rulesOf(before), rulesOf(after)];
    const looks = [
      ...old.filter((rule) => !wanted.includes(rule)).map(check),
      ...wanted.filter((rule) => !old.includes(rule)).map((rule) => `! ${check(rule)}`),
    ];
    const runs = `systemctl is-active -q ${SERVICE}.service`;
    if (before.unit !== after.unit) looks.push(before.unit === 'running' ? runs : `! ${runs}`);
    return looks.join(' || ') || 'false';
  },
  inspect: async (_, ask) => inspectTables(await askTables(ask)),
};

/** The rules that a script of haprov's sets, each with its command. */
function rulesIn(script: string): readonly string[] {
  const allowed = script.matchAll(/^allow (ip6?tables (?:INPUT|OUTPUT) [\w.:/ +@-]+)$/gm);
  return [...allowed].map(([, rule = '']) => rule);
}

/** Those of these rules that are in force. */
async function live(rules: readonly string[], ask: Ask): Promise<readonly string[]> {
  const tables = rules.length === 0 ? { iptables: null, ip6tables: null } : await askTables(ask);
  return rules.filter((rule) => {
    const [command, chain, ...words] = rule.split(' ');
    const table = command === 'ip6tables' ? tables.ip6tables : tables.iptables;
    const text = words.join(' ');
    return (
      table?.rules.some((one) => one.chain === chain && one.words.join(' ').replace('-p vrrp', '-p 112') === text) ===
      true
    );
  });
}

/** Deletes what an older inventory let through. */
function closing(rules: readonly string[]): Opening {
  const count = `${rules.length} ${rules.length === 1 ? 'rule' : 'rules'}`;
  return {
    target: 'iptables: what the inventory opens no more',
    missing: rules.map((rule) => rule.replace(/^(\S+) /, '$1 -D ')).join('; '),
    phase: 'activate',
    action: 'remove',
    describe: `delete ${count} that the inventory has no more`,
    describeBack: `set ${count} again`,
    before: stateOf(rules, true),
    after: stateOf([], true),
  };
}

/** "VRRP", "VRRP, 80/tcp". */
function namesOf(flows: readonly Flow[]): string {
  return [...new Set(flows.map(({ port }) => (port === undefined ? 'VRRP' : portText(port))))].join(', ');
}

function targetOf(flows: readonly Flow[]): string {
  return `iptables: ${namesOf(flows)}`;
}

/** `rules` one a line, `unit` running or stopped. */
function stateOf(rules: readonly string[], running: boolean): RuleState {
  return { rules: rules.join('\n'), unit: running ? 'running' : 'stopped' };
}

function rulesOf({ rules = '' }: RuleState): readonly string[] {
  return rules.split('\n').filter((rule) => rule !== '');
}

function check(rule: string): string {
  const [command = '', ...words] = rule.split(' ').map(quote);
  return `${command} -w 10 -C ${words.join(' ')} 2>/dev/null`;
}

type Tables = Readonly<Record<IptablesCommand, IptablesFact | null>>;

async function askTables(ask: Ask): Promise<Tables> {
  const [four, six] = await Promise.all([ask(iptablesSubject, 'iptables'), ask(iptablesSubject, 'ip6tables')]);
  return { iptables: four, ip6tables: six };
}

/** What the filter tables of both families make of VRRP. */
export function inspectTables(tables: Tables): Inspection {
  return {
    ...((tables.iptables?.rules.length ?? 0) === 0 ? {} : { inForce: 'iptables' }),
    block(packet): Block | undefined {
      const layer = packet.destination?.includes(':') === true ? 'ip6tables' : 'iptables';
      const table = tables[layer];
      const passage = table === null ? undefined : iptablesPassage(table, packet);
      if (passage === undefined || passage.verdict === 'accept') return undefined;
      if (packet.port !== undefined) {
        const { protocol, number } = packet.port;
        return { ...passage, layer, fix: `firewall: { open: [${number}/${protocol}] } in the inventory` };
      }
      const fix = `${layer} -I INPUT 1 -p 112 -s PEER -j ACCEPT before every REJECT or DROP, OUTPUT likewise, and at every boot`;
      return { ...passage, layer, fix };
    },
  };
}

/** The rule that lets a flow through, as arguments of iptables; the protocol by number, since names need /etc/protocols. */
export function showRule(flow: Flow): string {
  if (flow.port !== undefined) return `INPUT ${portWords(flow.port)} -j ACCEPT`;
  const { chain, end, address, device } = fieldsOf(flow);
  return `${chain} ${end} ${address} ${device} ${flow.interface} -p 112 -j ACCEPT`;
}

/** A port as iptables-save has it: `-p tcp -m tcp --dport 8000:8010`. */
function portWords({ protocol, first, last }: Port): string {
  return `-p ${protocol} -m ${protocol} --dport ${first === last ? first : `${first}:${last}`}`;
}

/** That rule with its command: `iptables INPUT -d …`. */
export function ruleOf(flow: Flow): string {
  return `${commandOf(flow)} ${showRule(flow)}`;
}

/**
 * Whether the live rules have the flow's own rule where it takes effect: none before it in its chain may stop a packet
 * on that interface, wherever that comes from and goes to.
 */
export function isOpen(flow: Flow, { policy, rules }: IptablesFact): boolean {
  const { chain } = fieldsOf(flow);
  const own = rules.findIndex((rule) => isSame(rule, flow));
  if (own < 0) return false;
  const before = rules.filter((rule, at) => at < own || rule.chain !== chain);
  const fact = { policy: { ...policy, [chain]: 'DROP' }, rules: [...before, { chain, words: ['-j', 'ACCEPT'] }] };
  const packet = {
    direction: flow.direction,
    interface: flow.interface,
    source: null,
    destination: null,
    ...(flow.port === undefined ? {} : { port: { protocol: flow.port.protocol, number: flow.port.first } }),
  };
  return iptablesPassage(fact, packet).verdict === 'accept';
}

/** Whether it is the flow's own rule, as iptables itself would compare it. */
function isSame(candidate: Rule, flow: Flow): boolean {
  if (flow.port !== undefined)
    return candidate.chain === 'INPUT' && candidate.words.join(' ') === `${portWords(flow.port)} -j ACCEPT`;
  const { chain, end, address, device } = fieldsOf(flow);
  const wanted = new Map([
    [end, address],
    [device, flow.interface],
    ['-p', 'vrrp'],
    ['-j', 'ACCEPT'],
  ]);
  const { words } = candidate;
  if (candidate.chain !== chain || words.length !== wanted.size * 2) return false;
  return words.every(
    (word, at) => at % 2 === 1 || wanted.get(word) === (words[at + 1] === '112' ? 'vrrp' : words[at + 1]),
  );
}

interface Fields {
  readonly chain: 'INPUT' | 'OUTPUT';
  /** Whether `address` is where packets come from or go to. */
  readonly end: '-s' | '-d';
  /** With its full prefix. */
  readonly address: string;
  readonly device: '-i' | '-o';
}

function fieldsOf(flow: Flow): Fields {
  const incoming = flow.direction === 'in';
  return {
    chain: incoming ? 'INPUT' : 'OUTPUT',
    end: incoming && flow.unicast ? '-s' : '-d',
    address: `${flow.address}/${commandOf(flow) === 'ip6tables' ? 128 : 32}`,
    device: incoming ? '-i' : '-o',
  };
}

function commandOf({ address }: Flow): IptablesCommand {
  return ipaddr.parse(address).kind() === 'ipv6' ? 'ip6tables' : 'iptables';
}

function renderScript(flows: readonly Flow[]): string {
  return `#!/bin/sh
# Written by haprov: lets ${flows.some(({ port }) => port !== undefined) ? `VRRP (IP protocol 112) and ${namesOf(flows).replace('VRRP, ', '')}` : 'VRRP (IP protocol 112)'} through, ahead of every other rule of its chain.
set -eu
allow() {
  tool=$1 chain=$2
  shift 2
  while "$tool" -w 10 -D "$chain" "$@" 2>/dev/null; do :; done
  "$tool" -w 10 -I "$chain" 1 "$@"
}
${flows.map((flow) => `allow ${ruleOf(flow)}\n`).join('')}`;
}

const UNIT_TEXT = `# Written by haprov.
[Unit]
Description=Let VRRP through iptables
After=netfilter-persistent.service iptables.service ip6tables.service ufw.service
PartOf=netfilter-persistent.service iptables.service ip6tables.service ufw.service
Before=keepalived.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${SCRIPT}

[Install]
WantedBy=multi-user.target
`;
