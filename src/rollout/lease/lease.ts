import { GUARD_SHELL } from '../../facts/state/guard-records.ts';
import { STATE_DIRECTORY } from '../../facts/state/state-directory.ts';
import type { RunIdentity } from './identity.ts';

/** `guard_prolong SECONDS` rewrites the lease that was loaded last, under flock. */
export const PROLONG_SHELL = `guard_prolong() {
  guard_save "$guard_dir/lease" "token=$r_token" "run=$r_run" "who=$r_who" "why=$r_why" "process=$r_process" \\
    "boot=$r_boot" "since=$r_since" "until=$((guard_now + $1))" "before=$r_before"
}`;

/**
 * Prolongs a lease that is still ours. One that ran out is not revived: whoever looked meanwhile saw a free host. Where
 * a script of ours is at work it holds flock, and prolongs the lease when it ends: then nothing is done here, at once.
 */
export function renewScript({ token }: RunIdentity, seconds: number): string {
  return `[ -d ${STATE_DIRECTORY} ] || exit 0
umask 077
${GUARD_SHELL}
${PROLONG_SHELL}
exec 9>>"$guard_dir/lock"
flock -n 9 || exit 0
guard_load "$guard_dir/lease" && guard_living && [ "$r_token" = ${token} ] || exit 0
guard_prolong ${seconds}`;
}

/** Gives the lease back if it is ours. `unused`: nothing was done under it, so that plans made before it still hold. */
export function releaseScript({ token }: RunIdentity, unused: boolean): string {
  const restore = `if [ -n "$r_before" ]; then guard_save "$guard_dir/generation" "$r_before"; else rm -f -- "$guard_dir/generation"; fi`;
  return `[ -d ${STATE_DIRECTORY} ] || exit 0
umask 077
${GUARD_SHELL}
exec 9>>"$guard_dir/lock"
flock -w 5 9 || exit 0
guard_load "$guard_dir/lease" && [ "$r_token" = ${token} ] || exit 0
${unused ? restore : ':'}
rm -f -- "$guard_dir/lease"`;
}
