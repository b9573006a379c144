import { type Port, portText } from '../checks/port.ts';
import type { Subject } from '../facts/reader/subject.ts';
import { unitSubject } from '../facts/system/unit.ts';
import { quote } from '../transport/quote.ts';
import type { Backend, Inspection, Opening, RuleState } from './backend.ts';
import { interfacesOf } from './vrrp-traffic.ts';

/** nft tables that firewalld keeps. */
export const FIREWALLD_TABLES = /^inet firewalld$/;

/** How firewalld treats VRRP on one interface; null where firewalld does not run. */
export interface FirewalldFact {
  readonly zone: string;
  readonly runtime: boolean;
  readonly permanent: boolean;
}

/** A port in the zone of an interface, as `eth0 80/tcp`. */
export function zonePort(name: string, port: Port): string {
  return `${name} ${portText(port)}`;
}

const BUS = 'busctl --timeout=10 call org.fedoraproject.FirewallD1';

/**
 * firewalld's view of interfaces, over D-Bus: firewall-cmd starts a Python interpreter for each question (0.3 s), busctl
 * answers in milliseconds. An interface in no zone belongs to the default zone.
 */
export const firewalldSubject: Subject<string, FirewalldFact | null> = {
  name: 'firewalld',
  script: (interfaces) => `if command -v firewalld >/dev/null && systemctl is-active --quiet firewalld; then
root=/org/fedoraproject/FirewallD1; api=org.fedoraproject.FirewallD1
word() { sed -n 's/^[a-z] "\\{0,1\\}\\([^"]*\\)"\\{0,1\\}$/\\1/p'; }
for i in ${interfaces.map(quote).join(' ')}; do
zone=$(${BUS} $root $api.zone getZoneOfInterface s "$i" | word)
[ -n "$zone" ] || zone=$(${BUS} $root $api getDefaultZone | word)
[ -n "$zone" ] || exit 1
live=$(${BUS} $root $api.zone queryProtocol ss "$zone" vrrp | word)
path=$(${BUS} $root/config $api.config getZoneByName s "$zone" | word)
kept=$(${BUS} "$path" $api.config.zone queryProtocol s vrrp | word)
[ -n "$live" ] && [ -n "$kept" ] || exit 1
echo "$i $zone $live $kept"
done
fi`,
  parse: (output, interfaces) => {
    const rows = output.split('\n').map((line) => line.split(' '));
    return interfaces.map((name) => {
      const [, zone, runtime, permanent] = rows.find(([first]) => first === name) ?? [];
      return zone === undefined ? null : { zone, runtime: runtime === 'true', permanent: permanent === 'true' };
    });
  },
};

/** How firewalld treats a port on one interface, by `zonePort`; null where firewalld does not run. */
export const firewalldPortSubject: Subject<string, FirewalldFact | null> = {
  name: 'firewalld ports',
  script: (keys) => `if command -v firewalld >/dev/null && systemctl is-active --quiet firewalld; then
root=/org/fedoraproject/FirewallD1; api=org.fedoraproject.FirewallD1
word() { sed -n 's/^[a-z] "\\{0,1\\}\\([^"]*\\)"\\{0,1\\}$/\\1/p'; }
set -- ${keys.map(quote).join(' ')}
for key; do
i=\${key%% *} p=\${key#* }
zone=$(${BUS} $root $api.zone getZoneOfInterface s "$i" | word)
[ -n "$zone" ] || zone=$(${BUS} $root $api getDefaultZone | word)
[ -n "$zone" ] || exit 1
live=$(${BUS} $root $api.zone queryPort sss "$zone" "\${p%/*}" "\${p#*/}" | word)
path=$(${BUS} $root/config $api.config getZoneByName s "$zone" | word)
kept=$(${BUS} "$path" $api.config.zone queryPort ss "\${p%/*}" "\${p#*/}" | word)
[ -n "$live" ] && [ -n "$kept" ] || exit 1
echo "$i $p $zone $live $kept"
done
fi`,
  parse: (output, keys) => {
    const rows = output.split('\n').map((line) => line.split(' '));
    return keys.map((key) => {
      const [, , zone, runtime, permanent] = rows.find(([name, port]) => `${name} ${port}` === key) ?? [];
      return zone === undefined ? null : { zone, runtime: runtime === 'true', permanent: permanent === 'true' };
    });
  },
};

/**
 * Protocol vrrp in the zone of each interface, at run time and permanently, never by --reload, which would drop the
 * rules that others hold at run time only.
 */
export const firewalld: Backend = {
  filters: async (ask) => (await ask(unitSubject, 'firewalld')).active === 'active',
  async open(flows, ask) {
    const ports = flows.flatMap((flow) => (flow.port === undefined ? [] : [{ name: flow.interface, port: flow.port }]));
    const [facts, open] = await Promise.all([
      Promise.all(interfacesOf(flows).map((name) => ask(firewalldSubject, name))),
      Promise.all(ports.map(({ name, port }) => ask(firewalldPortSubject, zonePort(name, port)))),
    ]);
    const known = facts.filter((fact) => fact !== null);
    if (known.length < facts.length || open.includes(null)) {
      return { refused: 'firewalld is not running on this host', next: 'Start it, or set firewall: auto.' };
    }
    const zones = new Map(known.map((fact) => [fact.zone, fact]));
    const zonePorts = new Map(
      open.flatMap((fact, index) => {
        const port = ports[index]?.port;
        return fact === null || port === undefined ? [] : [[zonePort(fact.zone, port), { fact, port }] as const];
      }),
    );
    return [
      ...[...zones.values()].map((fact) => opening(fact, 'VRRP', 'protocol vrrp', {})),
      ...[...zonePorts.values()].map(({ fact, port }) =>
        opening(fact, portText(port), `port ${portText(port)}`, { port: portText(port) }),
      ),
    ];
  },
  dueProbe({ before, after }) {
    const thing = after.port === undefined ? '--query-protocol=vrrp' : `--query-port=${quote(after.port)}`;
    const look = (key: string, way: string): string => {
      const query = `${way} --zone=${quote(after.zone ?? '')} ${thing} >/dev/null 2>&1`;
      return before[key] === 'yes' ? query : `! ${query}`;
    };
    const ways = { runtime: 'firewall-cmd', permanent: 'firewall-cmd --permanent' };
    const looks = Object.entries(ways).flatMap(([key, way]) => (before[key] === after[key] ? [] : [look(key, way)]));
    return looks.join(' || ') || 'false';
  },
  async inspect(flows, ask) {
    const names = interfacesOf(flows);
    const keys = flows.flatMap((flow) => (flow.port === undefined ? [] : [zonePort(flow.interface, flow.port)]));
    const [facts, open] = await Promise.all([
      Promise.all(names.map((name) => ask(firewalldSubject, name))),
      Promise.all(keys.map((key) => ask(firewalldPortSubject, key))),
    ]);
    return inspectZones(
      new Map(names.map((name, index) => [name, facts[index] ?? null])),
      new Map(keys.map((key, index) => [key, open[index] ?? null])),
    );
  },
};

/** The change that lets something into a zone, at run time and permanently. */
function opening(fact: FirewalldFact, what: string, target: string, more: RuleState): Opening {
  const { zone, runtime, permanent } = fact;
  const missing = [...(runtime ? [] : ['at run time']), ...(permanent ? [] : ['permanently'])].join(' and ');
  return {
    target: `firewalld zone ${zone}: ${target}`,
    missing,
    phase: 'prepare',
    describe: `let ${what} into zone ${zone}`,
    describeBack: `take ${what} out of zone ${zone} ${missing}`,
    before: { ...stateOf(fact), ...more },
    after: { ...stateOf({ zone, runtime: true, permanent: true }), ...more },
  };
}

function stateOf({ zone, runtime, permanent }: FirewalldFact): RuleState {
  return { zone, runtime: runtime ? 'yes' : 'no', permanent: permanent ? 'yes' : 'no' };
}

/** What the zones of a host's interfaces make of VRRP; null: firewalld does not run. */
export function inspectZones(
  zones: ReadonlyMap<string, FirewalldFact | null>,
  ports: ReadonlyMap<string, FirewalldFact | null> = new Map(),
): Inspection {
  const known = [...zones.values()].filter((fact) => fact !== null);
  const fleeting = known.find(({ runtime, permanent }) => runtime && !permanent);
  return {
    ...(known.length === 0 ? {} : { inForce: known.map(({ zone }) => `firewalld zone ${zone}`).join(', ') }),
    block(packet) {
      const fact = packet.direction === 'in' ? zones.get(packet.interface) : undefined;
      if (fact === undefined || fact === null) return undefined;
      if (packet.port !== undefined) {
        const { protocol, number } = packet.port;
        const open = ports.get(`${packet.interface} ${number}/${protocol}`);
        if (open === undefined || open === null || open.runtime) return undefined;
        const by = `zone ${fact.zone} has no port ${number}/${protocol}`;
        const fix = `firewall: { open: [${number}/${protocol}] } in the inventory`;
        return { layer: 'firewalld', verdict: 'unsure', by, fix };
      }
      if (fact.runtime) return undefined;
      return {
        layer: 'firewalld',
        verdict: 'drop',
        by: `zone ${fact.zone} has no protocol vrrp`,
        fix: `firewall-cmd --zone=${fact.zone} --add-protocol=vrrp, and once more with --permanent`,
      };
    },
    ...(fleeting === undefined
      ? {}
      : {
          fleeting: {
            evidence: `firewalld zone ${fleeting.zone} lets VRRP in until its next reload only`,
            fix: `firewall-cmd --permanent --zone=${fleeting.zone} --add-protocol=vrrp`,
          },
        }),
  };
}
