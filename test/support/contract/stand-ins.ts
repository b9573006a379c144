import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Wish } from './stage.ts';

/** Stands in for sudo and doas: asks, lectures and refuses as they do, and marks what it runs. */
const STAND_IN = `#!/bin/sh
ask= prompt= quiet=
while :; do
  case $1 in
    -n) quiet=1; shift ;;
    -S) ask=1; shift ;;
    -p) prompt=$2; shift 2 ;;
    --) shift; break ;;
    *) echo "sudo: unknown option $1" >&2; exit 64 ;;
  esac
done
if [ "$SUDO_TTY" ] && ! (: </dev/tty) 2>/dev/null; then echo "sudo: sorry, you must have a tty to run sudo" >&2; exit 1; fi
case $SUDO_MODE in
  refused) echo "sudo: a password is required" >&2; exit 1 ;;
  password)
    [ "$ask" ] || { echo "sudo: a password is required" >&2; exit 1; }
    [ "$SUDO_LECTURE" ] && echo "We trust you have received the usual lecture." >&2
    for try in 1 2 3; do
      printf %s "$prompt" >&2
      IFS= read -r answer || exit 1
      [ "$answer" = "$SUDO_PASSWORD" ] && exec env ELEVATED=1 "$@"
      echo "Sorry, try again." >&2
    done
    exit 1 ;;
esac
exec env ELEVATED=1 "$@"
`;

/** A directory to be put before PATH, and the environment that makes its programs behave as wished. */
export function standIns(wish: Wish): { path: string; env: Record<string, string> } {
  const path = mkdtempSync(join(tmpdir(), 'haprov-sudo-'));
  const file = join(path, wish.sudo === 'doas' ? 'doas' : 'sudo');
  if (wish.sudo !== 'missing') {
    writeFileSync(file, STAND_IN);
    chmodSync(file, 0o755);
  }
  const env = {
    ...(wish.sudo === undefined ? {} : { SUDO_MODE: wish.sudo }),
    ...(wish.password === undefined ? {} : { SUDO_PASSWORD: wish.password }),
    ...(wish.lecture ? { SUDO_LECTURE: '1' } : {}),
    ...(wish.requiresTty ? { SUDO_TTY: '1' } : {}),
  };
  return { path, env };
}
