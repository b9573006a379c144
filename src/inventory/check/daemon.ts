import { isInclude } from '../../keepalived/names.ts';
import { nearest, unknownKey } from '../known-words.ts';
import type { Finding } from '../problem.ts';
import { KEYWORDS } from './global-keywords.ts';
import type { ClusterView } from './view.ts';

const OWN = new Set(['router_id', 'script_user', 'enable_script_security']);

/** Keywords that would undo what haprov relies on, and why. */
const REFUSED: Readonly<Record<string, string>> = {
  vrrp_version: 'write version: 3 in the instance, so that haprov can check its times',
  net_namespace: 'keepalived would run in a network namespace that haprov does not look into',
  net_namespace_ipvs: 'keepalived would run in a network namespace that haprov does not look into',
  instance: 'keepalived would write its files elsewhere than haprov looks for them',
  data_use_instance: 'keepalived would write its files elsewhere than haprov looks for them',
  use_pid_dir: 'keepalived would write its files elsewhere than haprov looks for them',
};

/** The lines of global_defs: known words only, and none that haprov writes itself. */
export function checkDaemon({ path, written }: ClusterView): Finding[] {
  return (written.keepalived?.global_defs ?? []).flatMap((line, index): Finding[] => {
    const word = line.split(' ')[0] ?? '';
    const place = { path: [...path, 'keepalived', 'global_defs', index], severity: 'error' } as const;
    if (OWN.has(word)) {
      return [
        {
          ...place,
          severity: 'warning',
          rule: 'global-defs',
          message: `haprov writes ${word} itself, and its own line stands; take this one out`,
        },
      ];
    }
    if (word === 'log_level' || word === 'vrrp_strict') return [{ ...place, ...unknownKey(word, []) }];
    if (line.split(' ').some(isInclude))
      return [
        {
          ...place,
          rule: 'global-defs',
          message: 'include is refused: haprov checks and shows all of the configuration',
        },
      ];
    const reason = Object.hasOwn(REFUSED, word) ? REFUSED[word] : undefined;
    if (reason !== undefined) return [{ ...place, rule: 'global-defs', message: `${word} is refused here: ${reason}` }];
    if (KEYWORDS.has(word)) return [];
    const near = nearest(word, [...KEYWORDS]);
    if (near !== undefined)
      return [
        {
          ...place,
          rule: 'global-defs',
          message: `keepalived has no keyword '${word}' in global_defs; did you mean '${near}'?`,
        },
      ];
    const message = `'${word}' is no keyword of global_defs that haprov knows; keepalived's own test on the host will tell`;
    return [{ ...place, severity: 'warning', rule: 'global-defs', message }];
  });
}
