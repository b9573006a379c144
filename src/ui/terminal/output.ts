/** Which view draws, and whether it may colour. */
export interface OutputChoice {
  readonly kind: 'terminal' | 'plain' | 'json';
  readonly colour: boolean;
  readonly unicode: boolean;
}

/** What the choice of output depends on. `flags.color` is false for --no-color. */
export interface OutputFacts {
  readonly isTTY: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags: { readonly json?: boolean | undefined; readonly color?: boolean | undefined };
}

/**
 * JSON where it was asked for; a live view only on a real terminal outside CI; else plain lines. Colours follow, in
 * this order: --no-color, NO_COLOR (https://no-color.org: set and not empty), FORCE_COLOR (0 and false turn
 * off), TERM=dumb, then whether there is a terminal. NO_COLOR asks for plain lines too: no escape sequence at all.
 */
export function chooseOutput({ isTTY, env, flags }: OutputFacts): OutputChoice {
  const unicode = allowsUnicode(env);
  if (flags.json === true) return { kind: 'json', colour: false, unicode };
  const refused = flags.color === false || isSet(env.NO_COLOR);
  const live = isTTY && !refused && env.TERM !== 'dumb' && !isCi(env);
  return { kind: live ? 'terminal' : 'plain', colour: !refused && allowsColour(isTTY, env), unicode };
}

function allowsColour(isTTY: boolean, env: OutputFacts['env']): boolean {
  if (env.FORCE_COLOR !== undefined) return !['0', 'false'].includes(env.FORCE_COLOR);
  return isTTY && env.TERM !== 'dumb';
}

function isCi(env: OutputFacts['env']): boolean {
  return isSet(env.CI) && env.CI !== 'false' && env.CI !== '0';
}

// An unset locale is UTF-8 on every system of today; C, POSIX and Latin-1 ones are set on purpose.
function allowsUnicode(env: OutputFacts['env']): boolean {
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find(isSet);
  return locale === undefined || /utf-?8/i.test(locale);
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
