import type { Rules } from './rule.ts';

/** Rules of lint: checks. */
export const CHECKS_RULES: Rules = {
  'check-timeout': { finds: 'a timeout that is not below the interval: runs overlap', write: 'a shorter timeout' },
  'check-probe': { finds: 'a check that asks nothing, or two things', write: 'one of the keys of `track_script.NAME`' },
  'check-option': { finds: '`ca`, `expect` or another option of `url` without `url`', write: 'the `url`, or nothing' },
  'check-tls': {
    finds: 'an https URL whose certificate the host will hardly trust; `ca` or `insecure` that do nothing',
    write: '`ca`, `host` or `insecure: true`',
  },
  'check-foreign': {
    finds: 'a check of nginx or haproxy, which this cluster does not have as its service',
    write: '`service: [nginx, haproxy]`',
  },
  'script-arguments': {
    finds: '`script` with arguments, as keepalived.conf has it',
    write: 'the kind or the `command` that the message names',
  },
  'check-twice': { finds: 'one name with different values in two instances', write: 'equal values, or another name' },
  'check-remote': { finds: 'a URL of another machine', write: '`127.0.0.1`' },
  'check-heals': {
    finds: 'a script that restarts a service: it hides the failure',
    write: 'let it only look; systemd restarts',
  },
  'health-location': { finds: 'a path that stock nginx does not have', write: 'take `url` out, or serve the path' },
};
