import { KeepalivedSyntaxError, parseKeepalivedConf } from '../keepalived/parse.ts';
import type { Finding, Path } from './problem.ts';

/** Blocks that haprov writes itself, and of which a second one would not be in its proof. */
const OWN = [
  'global_defs',
  'vrrp_instance',
  'vrrp_script',
  'vrrp_sync_group',
  'vrrp_track_process',
  'track_file',
  'vrrp_track_file',
];

/** What is wrong with a file of whole blocks that keepalived.conf shall include. Pure. */
export function judgeFragment(file: string, path: Path, content: string): Finding[] {
  const place = { path, severity: 'error', rule: 'fragment' } as const;
  try {
    return parseKeepalivedConf(content).flatMap(({ keyword, children, line }): Finding[] => {
      const where = `${file}, line ${line}: `;
      if (OWN.includes(keyword))
        return [
          {
            ...place,
            message: `${where}haprov writes ${keyword} itself, and its proof knows no other; say it in the inventory`,
          },
        ];
      if (/^include/i.test(keyword))
        return [
          {
            ...place,
            message: `${where}include is refused: haprov uploads what it has seen; name that file in fragments, too`,
          },
        ];
      if (children === undefined && !keyword.startsWith('$') && !keyword.startsWith('@'))
        return [
          {
            ...place,
            message: `${where}'${keyword.slice(0, 40)}' is no block; a fragment has whole blocks such as virtual_server … { }`,
          },
        ];
      return [];
    });
  } catch (error) {
    if (!(error instanceof KeepalivedSyntaxError)) throw error;
    return [{ ...place, message: `${file}, ${error.message}` }];
  }
}
