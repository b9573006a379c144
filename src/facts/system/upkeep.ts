import type { Subject } from '../reader/subject.ts';

/** What may restart or upgrade keepalived without anybody's asking. */
export interface UpkeepFact {
  /** Which of them installs upgrades by itself. */
  readonly upgrades: readonly ('unattended-upgrades' | 'dnf-automatic')[];
  /** keepalived is exempted from them, by a hold, a blacklist or an exclude. */
  readonly exempt: boolean;
  /** needrestart after a package's upgrade: absent, asks, or restarts by itself. */
  readonly needrestart: 'absent' | 'asks' | 'restarts';
  /** needrestart is told to leave keepalived alone. */
  readonly spared: boolean;
}

/** Upgrades and restarts by themselves. Key: always `upkeep`. */
export const upkeepSubject: Subject<'upkeep', UpkeepFact> = {
  name: 'upkeep',
  script: () => `if command -v unattended-upgrade >/dev/null && command -v apt-config >/dev/null; then
  settings=$(apt-config dump 2>/dev/null)
  case $settings in *'APT::Periodic::Unattended-Upgrade "'[1-9]*|*'APT::Periodic::Unattended-Upgrade "always'*) echo 'upgrades unattended-upgrades' ;; esac
  # Its blacklist is of regular expressions at the start of a name.
  printf '%s\\n' "$settings" | sed -n 's/^Unattended-Upgrade::Package-Blacklist:: "\\(.*\\)";$/\\1/p' | while IFS= read -r p; do
    if echo keepalived | grep -qE "^($p)" 2>/dev/null; then echo exempt; fi
  done
fi
if command -v apt-mark >/dev/null && [ "$(apt-mark showhold keepalived 2>/dev/null)" = keepalived ]; then echo exempt; fi
automatic=
for timer in dnf-automatic-install dnf5-automatic; do
  if systemctl is-enabled -q $timer.timer 2>/dev/null; then automatic=yes; fi
done
if systemctl is-enabled -q dnf-automatic.timer 2>/dev/null && grep -qsE '^[[:space:]]*apply_updates[[:space:]]*=[[:space:]]*(yes|true|1|on)' /etc/dnf/automatic.conf; then automatic=yes; fi
[ -z "$automatic" ] || echo 'upgrades dnf-automatic'
if grep -qsE '^[[:space:]]*(exclude|excludepkgs)[[:space:]]*=.*keepalived' /etc/dnf/dnf.conf /etc/yum.conf /etc/dnf/automatic.conf; then echo exempt; fi
if command -v needrestart >/dev/null; then
  mode=$(cat /etc/needrestart/needrestart.conf /etc/needrestart/conf.d/*.conf 2>/dev/null |
    sed -n "s/^[[:space:]]*\\$nrconf{restart}[[:space:]]*=[[:space:]]*['\\"]\\([a-z]\\).*/\\1/p" | tail -n 1)
  # Without a setting it asks where somebody is there to answer, and restarts where nobody is (Ubuntu since 22.04).
  . /etc/os-release 2>/dev/null || ID=
  case \${mode:-none}/$ID in a/*|none/ubuntu) echo 'needrestart restarts' ;; *) echo 'needrestart asks' ;; esac
  if cat /etc/needrestart/needrestart.conf /etc/needrestart/conf.d/*.conf 2>/dev/null | grep -v '^[[:space:]]*#' | grep -qE 'qr\\(.*keepalived[^)]*\\)[[:space:]}]*=>?[[:space:]]*0'; then echo spared; fi
fi
:`,
  parse: (output) => {
    const lines = output.split('\n');
    const has = (line: string): boolean => lines.includes(line);
    return [
      {
        upgrades: (['unattended-upgrades', 'dnf-automatic'] as const).filter((name) => has(`upgrades ${name}`)),
        exempt: has('exempt'),
        needrestart: has('needrestart restarts') ? 'restarts' : has('needrestart asks') ? 'asks' : 'absent',
        spared: has('spared'),
      },
    ];
  },
};
