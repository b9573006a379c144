import { HaprovError } from '../errors.ts';
import { iptablesSubject } from '../facts/network/iptables.ts';
import { type UnitFact, unitSubject } from '../facts/system/unit.ts';
import type { Change, Undo } from './change.ts';
import { planFile } from './plan-file.ts';
import { undoEnable, undoStart } from './service-scripts.ts';
import type { Planned, TaskContext } from './task.ts';
import { isOpen, isSame, showRule, type VrrpRule, vrrpRules } from './vrrp-traffic.ts';

/** What keeps the rules: a script of haprov's own, and the unit that runs it. */
export const FIREWALL_FILES = {
  script: '/usr/libexec/keepalived/haprov-firewall',
  unit: '/etc/systemd/system/haprov-firewall.service',
} as const;
const { script: SCRIPT, unit: UNIT } = FIREWALL_FILES;

const OPEN =
  'set -eu\nsystemctl daemon-reload\nsystemctl restart haprov-firewall.service || { journalctl -u haprov-firewall -n 8 --no-pager -o cat >&2; exit 1; }';

/**
 * Rules at the top of INPUT and OUTPUT, and a unit of haprov's own that sets them at boot and whenever the rules are
 * loaded anew. Not through iptables-persistent: saving dumps every live rule, Docker's and fail2ban's too, and
 * installing it removes ufw on Debian 12 and later.
 */
export async function planIptables(context: TaskContext): Promise<Planned> {
  const { ask, cluster, host, task, notify } = context;
  const rules = vrrpRules(cluster, host);
  const commands = [...new Set(rules.map((rule) => rule.command))];
  const [script, unit, state, ...facts] = await Promise.all([
    planFile(
      { path: SCRIPT, content: plain(renderScript(rules)), mode: '0755', owner: 'root', group: 'root' },
      context,
    ),
    planFile({ path: UNIT, content: plain(UNIT_TEXT), mode: '0644', owner: 'root', group: 'root' }, context),
    ask(unitSubject, 'haprov-firewall'),
    ...commands.map((command) => ask(iptablesSubject, command)),
  ]);
  const missing = rules.filter((rule) => {
    const fact = facts[commands.indexOf(rule.command)];
    if (fact === null || fact === undefined) {
      throw new HaprovError(`${rule.command} is not installed on this host`, {
        host: host.id,
        action: 'plan firewall',
        next: 'Set firewall: auto, or none where nothing filters.',
      });
    }
    return !isOpen(rule, fact);
  });
  // A rule that stood there too low to count was moved up, not added: it stays.
  const added = missing.filter(
    (rule) => !(facts[commands.indexOf(rule.command)]?.rules ?? []).some((one) => isSame(one, rule)),
  );
  const files = [...script.changes, ...unit.changes];
  const enable = state.enabled !== 'enabled';
  const common = { task, module: 'firewall', phase: 'activate', notify } as const;
  const changes: Change[] = [...files];
  if (enable) {
    const step = {
      describe: 'enable haprov-firewall',
      script: 'set -eu\nsystemctl daemon-reload\nsystemctl enable -q haprov-firewall.service',
    };
    changes.push({
      ...common,
      action: 'enable',
      target: 'service haprov-firewall',
      detail: 'VRRP rules at boot',
      steps: [step],
      undo: undoEnable('haprov-firewall'),
    });
  }
  if (missing.length > 0 || files.length > 0 || state.active !== 'active') {
    const step = { describe: 'let VRRP through iptables', script: OPEN };
    const detail =
      missing.length === 0
        ? 'set its rules again'
        : missing.map((rule) => `${rule.command} -I ${showRule(rule)}`).join('; ');
    changes.push({
      ...common,
      action: 'open',
      target: 'iptables: VRRP',
      detail,
      steps: [step],
      undo: undoOpen(added, state),
    });
  }
  return { changes, notes: [] };
}

/** Deletes the rules that were added, and stops the unit that holds none, so that it sets its rules when it is started. */
function undoOpen(added: readonly VrrpRule[], { active }: UnitFact): Undo {
  const { script: stop, needed = 'false' } = undoStart('haprov-firewall');
  const rules = deleteRules(added.map((rule) => `${rule.command} ${showRule(rule)}`));
  const stopped = active !== 'active';
  return {
    describe: added.length === 0 ? 'stop haprov-firewall' : rules.describe,
    script: `(\n${rules.script}\n) || exit 1\n${stopped ? stop : ':'}`,
    needed: stopped ? `(${rules.needed}) || (${needed})` : rules.needed,
    // While the host boots its unit does so.
    redo: `[ -z "\${HAPROV_BOOT:-}" ] || exit 0\n${OPEN}`,
  };
}

/** The rules that a script of haprov's sets, as arguments with their command: `iptables INPUT -d …`. */
export function rulesOf(script: string): readonly string[] {
  return [...script.matchAll(/^allow (ip6?tables (?:INPUT|OUTPUT) [\w.:/ +@-]+)$/gm)].map(([, rule = '']) => rule);
}

/** Deletes rules, each a command with the arguments of its -D. */
export function deleteRules(rules: readonly string[]): Required<Pick<Undo, 'describe' | 'script' | 'needed'>> {
  const checks = rules.map((rule) => rule.replace(' ', ' -w 10 -C ')).map((check) => `${check} 2>/dev/null`);
  return {
    describe: `delete ${rules.length} rules of VRRP`,
    script: `failed=0
drop() {
  tool=$1 chain=$2
  shift 2
  code=0; "$tool" -w 10 -C "$chain" "$@" 2>/dev/null || code=$?
  case $code in 0) ;; 3|4) failed=1; echo "$tool does not answer" >&2; return;; *) return 0;; esac
  while "$tool" -w 10 -D "$chain" "$@" 2>/dev/null; do :; done
  if "$tool" -w 10 -C "$chain" "$@" 2>/dev/null; then failed=1; echo "the rule $chain $* is still there" >&2
  else echo "deleted the rule of $tool: $chain $*"; fi
}
${rules.map((rule) => `drop ${rule}\n`).join('')}[ "$failed" -eq 0 ] || exit 1`,
    needed: checks.join(' || ') || 'false',
  };
}

function renderScript(rules: readonly VrrpRule[]): string {
  const lines = rules.map((rule) => `allow ${rule.command} ${showRule(rule)}\n`).join('');
  return `#!/bin/sh
# Written by haprov: lets VRRP (IP protocol 112) through, ahead of every other rule of its chain.
set -eu
allow() {
  tool=$1 chain=$2
  shift 2
  while "$tool" -w 10 -D "$chain" "$@" 2>/dev/null; do :; done
  "$tool" -w 10 -I "$chain" 1 "$@"
}
${lines}`;
}

const UNIT_TEXT = `# Written by haprov.
[Unit]
Description=Let VRRP through iptables
After=netfilter-persistent.service iptables.service ip6tables.service
PartOf=netfilter-persistent.service iptables.service ip6tables.service
Before=keepalived.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${SCRIPT}

[Install]
WantedBy=multi-user.target
`;

function plain(text: string): { text: string; masked: string } {
  return { text, masked: text };
}
