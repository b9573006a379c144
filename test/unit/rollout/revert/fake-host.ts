import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { STATE_DIRECTORY } from '../../../../src/facts/state/state-directory.ts';
import { type Ended, Workshop } from '../../tasks/support.ts';

/**
 * A host in a directory: real files, and services that remember which text of their files they have read. A reload
 * reads `NAME.conf`, a start or restart `NAME.env` too. keepalived refuses and dies of a configuration with FATAL in it,
 * and complains of one with WARN.
 */
export class FakeHost {
  readonly shop = new Workshop();
  readonly etc = this.shop.path('etc');

  constructor() {
    const d = this.shop.directory;
    for (const name of ['etc', 'state', 'run', 'units']) mkdirSync(join(d, name));
    this.shop.stub('sleep', '');
    this.shop.stub('sync', '');
    this.shop.stub('journalctl', 'echo "the journal says why"');
    this.shop.stub('timeout', 'shift; exec "$@"');
    this.shop.stub(
      'keepalived',
      `f=$3; if grep -q FATAL "$f"; then exit 5; fi; if grep -q WARN "$f"; then echo "unknown keyword"; exit 5; fi`,
    );
    this.shop.stub(
      'systemctl',
      `d=${d}/units
for a; do case $a in *.service) u=\${a%.service};; esac; done
read_conf() { cat ${this.etc}/$u.conf >$d/$u.loaded 2>/dev/null || : >$d/$u.loaded; }
read_env() { cat ${this.etc}/$u.env >$d/$u.args 2>/dev/null || : >$d/$u.args; }
begin() {
  if grep -qs FATAL ${this.etc}/$u.conf; then echo failed >$d/$u.active; echo 0 >$d/$u.pid; [ "$1" != start ]; return; fi
  read_conf; read_env; echo active >$d/$u.active; echo $(( $(cat $d/next) + 1 )) >$d/next; cat $d/next >$d/$u.pid
}
case "$1" in
  is-active) cat $d/$u.active; [ "$(cat $d/$u.active)" = active ];;
  is-enabled) cat $d/$u.enabled;;
  enable) echo enabled >$d/$u.enabled;;
  disable) echo disabled >$d/$u.enabled;;
  start) [ "$(cat $d/$u.active)" = active ] || begin start;;
  stop) echo inactive >$d/$u.active; echo 0 >$d/$u.pid;;
  restart) begin restart;;
  reload-or-restart) if [ "$(cat $d/$u.active)" != active ]; then begin restart
    elif grep -qs FATAL ${this.etc}/$u.conf; then echo failed >$d/$u.active; echo 0 >$d/$u.pid
    else read_conf; fi;;
  show) case $3 in MainPID) cat $d/$u.pid;; NeedDaemonReload) echo no;; CanReload) echo yes;; SubState) echo running;; esac;;
esac`,
    );
    this.set('next', '100');
  }

  set(name: string, value: string): void {
    writeFileSync(this.shop.path(`units/${name}`), `${value}\n`);
  }

  /** A service that has read its files and runs, or has not and does not. */
  service(name: string, running: boolean): void {
    this.set(`${name}.active`, running ? 'active' : 'inactive');
    this.set(`${name}.enabled`, running ? 'enabled' : 'disabled');
    this.set(`${name}.pid`, running ? '7' : '0');
    for (const [file, suffix] of [
      ['loaded', 'conf'],
      ['args', 'env'],
    ] as const) {
      const path = join(this.etc, `${name}.${suffix}`);
      writeFileSync(this.shop.path(`units/${name}.${file}`), running && existsSync(path) ? readFileSync(path) : '');
    }
  }

  unit(name: string, what: 'active' | 'enabled' | 'loaded' | 'args' | 'pid'): string {
    return readFileSync(this.shop.path(`units/${name}.${what}`), 'utf8').trim();
  }

  write(name: string, text: string, mode = 0o644): void {
    writeFileSync(join(this.etc, name), text, { mode });
  }

  /** Name, mode and text of every file below etc. */
  files(): Record<string, string> {
    return Object.fromEntries(
      readdirSync(this.etc)
        .sort()
        .map((name) => {
          const path = join(this.etc, name);
          const stat = statSync(path);
          return [
            name,
            stat.isDirectory() ? 'directory' : `${(stat.mode & 0o7777).toString(8)} ${readFileSync(path, 'utf8')}`,
          ];
        }),
    );
  }

  owed(): string[] {
    const path = this.shop.path('state/owed');
    return existsSync(path) ? readdirSync(path).map(decodeURIComponent).sort() : [];
  }

  /** The script as it is for this host. */
  local(script: string): string {
    return script
      .replaceAll(STATE_DIRECTORY, this.shop.path('state'))
      .replaceAll('/run/haprov-', `${this.shop.path('run')}/haprov-`)
      .replaceAll('/etc/keepalived/keepalived.conf', join(this.etc, 'keepalived.conf'));
  }

  run(script: string, stdin: Uint8Array | string = ''): Ended {
    return this.shop.run(['dash'], this.local(script), stdin);
  }

  kill(script: string, stdin: string, afterMs: number): Promise<void> {
    return this.shop.kill(this.local(script), stdin, afterMs);
  }

  calls(pattern: RegExp): string[] {
    return readFileSync(this.shop.path('calls'), 'utf8')
      .split('\n')
      .filter((line) => pattern.test(line));
  }

  remove(): void {
    this.shop.remove();
  }
}
