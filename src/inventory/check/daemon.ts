import { isInclude } from '../../keepalived/names.ts';
import { GLOBAL_DEFS, PASSED_ON } from '../../keepalived/table/global-defs.ts';
import { nearest, unknownKey } from '../known-words.ts';
import type { Finding } from '../problem.ts';
import type { ClusterView } from './view.ts';

/** The lines of global_defs: known words only, and none that haprov writes itself. */
export function checkDaemon({ path, written }: ClusterView): Finding[] {
  return (written.keepalived?.global_defs ?? []).flatMap((line, index): Finding[] => {
    const word = line.split(' ')[0] ?? '';
    const place = { path: [...path, 'keepalived', 'global_defs', index], severity: 'error' } as const;
    const known = GLOBAL_DEFS.get(word);
    if (known?.own === true) {
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
    if (known?.refused !== undefined)
      return [{ ...place, rule: 'global-defs', message: `${word} is refused here: ${known.refused}` }];
    if (known?.form?.takes(line.split(' ').slice(1)) === false)
      return [
        {
          ...place,
          rule: 'global-defs',
          message: `${word} must have ${known.form.says} after it, not '${line.slice(word.length + 1)}'`,
        },
      ];
    if (known !== undefined) return [];
    const near = nearest(word, PASSED_ON);
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
