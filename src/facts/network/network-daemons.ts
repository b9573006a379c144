import { quote } from '../../transport/quote.ts';
import type { Subject } from '../reader/subject.ts';

/** Who besides the kernel holds an interface's addresses for its own. */
export interface NetworkDaemonFact {
  /**
   * systemd-networkd manages it, by this .network file. `keep` is KeepConfiguration=, `no` where it is not set; `keeps`
   * where it lets addresses stay that networkd does not know. null: it does not run, or leaves the interface alone.
   */
  readonly networkd: { readonly file: string; readonly keep: string; readonly keeps: boolean } | null;
  /** NetworkManager manages it. */
  readonly networkManager: boolean;
}

/** Keys: names of interfaces. */
export const networkDaemonSubject: Subject<string, NetworkDaemonFact> = {
  name: 'network daemons',
  script: (interfaces) => `d=; m=
systemctl is-active -q systemd-networkd.service && d=yes
systemctl is-active -q NetworkManager.service && m=yes
value() { sed -n "s/^$1=//p" "$2" 2>/dev/null | tail -n 1; }
for i in ${interfaces.map(quote).join(' ')}; do
  IFS= read -r n 2>/dev/null <"/sys/class/net/$i/ifindex" || { echo - - -; continue; }
  file=-; keep=-; nm=-
  s=/run/systemd/netif/links/$n
  if [ -n "$d" ] && [ -r "$s" ]; then
    case $(value ADMIN_STATE "$s") in unmanaged|'') ;; *)
      file=$(value NETWORK_FILE "$s")
      keep=$(cat "$file" "$file".d/*.conf "/etc/systemd/network/\${file##*/}.d/"*.conf 2>/dev/null | sed -n 's/^[[:space:]]*KeepConfiguration[[:space:]]*=[[:space:]]*//p' | tail -n 1)
      file=\${file:--} keep=\${keep:-no} ;;
    esac
  fi
  s=/run/NetworkManager/devices/$n
  if [ -n "$m" ] && grep -qsE '^managed=(true|full)' "$s"; then nm=yes; fi
  echo "$keep $nm $file"
done`,
  parse: (output, interfaces) => {
    const lines = output.split('\n');
    return interfaces.map((_, index) => {
      const [, keep = '-', manager = '-', file = '-'] = /^(\S+) (\S+) (.*)$/.exec(lines[index] ?? '') ?? [];
      return {
        networkd: keep === '-' ? null : { file, keep, keeps: /^(?:yes|true|1|on|static)$/.test(keep) },
        networkManager: manager === 'yes',
      };
    });
  },
};
