import { quote } from '../../transport/quote.ts';
import type { Subject } from '../reader/subject.ts';
import { dropsNatively } from './nft-drops.ts';

/** What tells which firewall rules a host, besides a running firewalld. */
export interface FirewallKindFact {
  /** ufw is installed and enabled at boot. */
  readonly ufw: boolean;
  readonly iptables: boolean;
  /** nft rules that may drop VRRP and do not belong to iptables or firewalld. */
  readonly nftDrops: boolean;
}

/** Key: always `kind`. */
export const firewallKindSubject: Subject<'kind', FirewallKindFact> = {
  name: 'firewall in force',
  script: () => `if command -v ufw >/dev/null && grep -qs '^ENABLED=yes' /etc/ufw/ufw.conf; then echo ufw; fi
if command -v iptables-save >/dev/null; then echo iptables; fi
if command -v nft >/dev/null; then nft -s list ruleset 2>/dev/null; fi
:`,
  parse: (output) => {
    const lines = output.split('\n');
    return [{ ufw: lines.includes('ufw'), iptables: lines.includes('iptables'), nftDrops: dropsNatively(lines) }];
  },
};

/** How firewalld treats VRRP on one interface; null where firewalld does not run. */
export interface FirewalldFact {
  readonly zone: string;
  readonly runtime: boolean;
  readonly permanent: boolean;
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
