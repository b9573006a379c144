import { parseKeepalivedConf, type Statement } from '../../keepalived/parse.ts';

/** A script that a keepalived.conf names. */
export interface NamedScript {
  /** "check_nginx", or "notify of VI_1". */
  readonly name: string;
  readonly kind: 'check' | 'notify';
  /** Its command line, words parted by one blank. */
  readonly command: string;
}

export interface ScriptWords {
  readonly scripts: readonly NamedScript[];
  /** enable_script_security: insecure scripts are dropped; without it keepalived only warns. */
  readonly security: boolean;
  /** User that scripts run as; undefined: keepalived_script, or root where there is none. */
  readonly user: string | undefined;
}

const NOTIFY = /^notify(?:_master|_backup|_fault|_stop|_deleted)?$/;

/** The scripts of a keepalived.conf, and who runs them; nothing of a file that does not parse or that is not there. */
export function scriptWords(text: string | null): ScriptWords {
  const statements = parse(text ?? '');
  const globals = statements
    .filter(({ keyword }) => keyword === 'global_defs')
    .flatMap(({ children = [] }) => children);
  return {
    scripts: statements.flatMap(scriptsOf),
    security: globals.some(({ keyword }) => keyword === 'enable_script_security'),
    user: globals.find(({ keyword }) => keyword === 'script_user')?.args[0],
  };
}

function parse(text: string): readonly Statement[] {
  try {
    return parseKeepalivedConf(text);
  } catch {
    return [];
  }
}

function scriptsOf({ keyword, args, children = [] }: Statement): NamedScript[] {
  const name = args[0] ?? '';
  if (keyword === 'vrrp_script') {
    const lines = children.filter((child) => child.keyword === 'script');
    return lines.flatMap((line) => named(name, 'check', line.args));
  }
  if (keyword !== 'vrrp_instance' && keyword !== 'vrrp_sync_group') return [];
  return children
    .filter((child) => NOTIFY.test(child.keyword))
    .flatMap((child) => named(`${child.keyword} of ${name}`, 'notify', child.args));
}

/** A quoted command line is one word of the file. */
function named(name: string, kind: NamedScript['kind'], args: readonly string[]): NamedScript[] {
  const command = args.join(' ').trim().replace(/\s+/g, ' ');
  return command === '' ? [] : [{ name, kind, command }];
}
