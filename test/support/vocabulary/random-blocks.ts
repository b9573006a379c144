import type { Random } from './random.ts';

/** A check of a command. */
export function randomCheck(random: Random): Record<string, unknown> {
  const interval = random.whole(2, 60);
  return {
    command: random.pick([['/bin/true'], ['/usr/bin/pgrep', '-x', 'traefik'], ['/bin/test', '-e', '/run/ok']]),
    interval,
    timeout: random.whole(1, interval - 1),
    fall: random.whole(1, 255),
    rise: random.whole(1, 255),
    ...(random.chance(0.3) ? { init_fail: true } : {}),
    ...(random.chance(0.3) ? { user: random.pick(['nobody', 'nobody nogroup']) } : {}),
  };
}

/** A tracked process, with what its block says. */
export function randomProcess(random: Random): Record<string, unknown> {
  const quorum = random.chance(0.4) ? random.whole(1, 9) : undefined;
  return {
    ...(random.chance(0.7) ? { process: random.pick(['dockerd', 'nginx', 'sleep infinity']) } : {}),
    ...(random.chance(0.3) ? { full_command: true } : {}),
    ...(quorum === undefined ? {} : { quorum }),
    ...(quorum !== undefined && random.chance(0.5) ? { quorum_max: quorum + random.whole(0, 5) } : {}),
    ...(random.chance(0.4) ? { delay: random.pick([1, 5, 0.5]) } : {}),
    ...(random.chance(0.2) ? { terminate_delay: random.pick([2, 7]) } : {}),
    ...(random.chance(0.2) ? { fork_delay: random.pick([2, 7]) } : {}),
  };
}
