import type { Statement } from '../../keepalived/parse.ts';
import { readBlock } from '../../keepalived/read.ts';
import { blocksOf, inside, wordOf } from '../../keepalived/statements.ts';
import { VRRP_SCRIPT } from '../../keepalived/table/vrrp-script.ts';
import { EMPTY, joined, type Part } from './model.ts';
import { bodyOf, type Held, placeOf, troubleAt } from './places.ts';

const PLAIN = /^[A-Za-z0-9_.:,/=?&%+*^|[\]-]+$/;

/** The checks of an instance: the very commands that keepalived runs, with all times written. */
export function checkLines(held: readonly Held[], path: readonly string[]): Part {
  const names = [...new Set(held.flatMap((one) => inside(bodyOf(one), 'track_script').map(({ keyword }) => keyword)))];
  const checks = names.map((name) => checkOf(name, held, [...path, 'track_script', name]));
  // Nothing tracked is said, too: a service would bring its own check.
  return joined(checks);
}

function checkOf(name: string, held: readonly Held[], path: readonly string[]): Part {
  const all = held.map((one) => {
    const track = inside(bodyOf(one), 'track_script').find(({ keyword }) => keyword === name);
    const blocks = one.host.config.statements.filter(
      ({ keyword, args }) => keyword === 'vrrp_script' && args[0] === name,
    );
    return { one, track, blocks };
  });
  const lost = all.find(({ track, blocks }) => track === undefined || blocks.length === 0);
  const [first] = all;
  if (first === undefined) return EMPTY;
  if (lost !== undefined) {
    if (all.every(({ blocks }) => blocks.length === 0))
      return {
        ...EMPTY,
        notes: [
          troubleAt(
            first.one,
            first.track,
            `there is no vrrp_script ${name}: keepalived leaves it out, and so does the inventory`,
          ),
        ],
      };
    return { ...EMPTY, refused: [troubleAt(lost.one, lost.track, `only some members track ${name}`)] };
  }
  const written = all.map(({ one, track, blocks }) => writtenOf(one, blocks[0]?.children ?? [], track));
  const [mine] = written;
  const other = written.findIndex((value) => JSON.stringify(value.check) !== JSON.stringify(mine?.check));
  const notes = all.flatMap(({ one, blocks }, index) => [
    ...(blocks.length > 1 ? [troubleAt(one, blocks[1], `a second vrrp_script ${name}: the first one counts`)] : []),
    ...(written[index]?.notes ?? []).map((why) => troubleAt(one, blocks[0], why)),
  ]);
  if (other > 0) {
    const { one, blocks } = all[other] ?? first;
    return { ...EMPTY, notes, refused: [troubleAt(one, blocks[0], `the members differ in check ${name}`)] };
  }
  const bad = mine?.refused;
  if (mine === undefined || bad !== undefined)
    return {
      ...EMPTY,
      notes,
      refused: [troubleAt(first.one, first.blocks[0], `check ${name}: ${bad ?? 'it has no command'}`)],
    };
  const weights = written.map(({ weight }) => weight);
  const weight =
    new Set(weights).size === 1
      ? (weights[0] ?? 0)
      : Object.fromEntries(all.map(({ one }, index) => [one.host.name, weights[index] ?? 0]));
  return {
    ...EMPTY,
    notes,
    lines: [{ path, value: { ...mine.check, weight }, from: placeOf(first.one.host, first.blocks[0]) }],
  };
}

interface WrittenCheck {
  readonly check: Readonly<Record<string, unknown>>;
  readonly weight: number;
  readonly notes: readonly string[];
  readonly refused?: string;
}

function writtenOf(one: Held, body: readonly Statement[], track: Statement | undefined): WrittenCheck {
  const { interval, timeout, fall, rise, weight, user, init_fail } = readBlock(VRRP_SCRIPT, body);
  const line = (body.findLast(({ keyword }) => keyword === 'script')?.args ?? []).join(' ');
  const words = line.split(/\s+/).filter((word) => word !== '');
  const [, own] = /(?:^| )weight (-?\d+)/.exec((track?.args ?? []).join(' ')) ?? [];
  const every = Math.max(interval, 2);
  const limit = Math.min(timeout, every - 1);
  const runs = user ?? wordsOf(inside(one.host.config.statements, 'global_defs'), 'script_user') ?? one.host.scriptUser;
  const program = words[0] ?? '';
  const refused = !program.startsWith('/')
    ? `${program === '' ? 'it has no command' : `${program} is no absolute path`}, so that keepalived looks for it by itself; name its path, then adopt`
    : words.some((word) => !PLAIN.test(word))
      ? `its command has quotes or other characters that only a script can have: put it into a script, then adopt`
      : undefined;
  return {
    check: {
      command: words,
      interval: every,
      timeout: limit,
      fall,
      rise,
      ...(runs === 'root' ? {} : { user: runs }),
      ...(init_fail === true ? { init_fail } : {}),
    },
    weight: own === undefined ? weight : Number(own),
    notes: [
      ...(every === interval
        ? []
        : [`interval ${interval} becomes ${every}, since a run may take no longer than to the next one`]),
      ...(limit === timeout ? [] : [`a run may take ${limit} s, not ${timeout} s: runs would overlap`]),
    ],
    ...(refused === undefined ? {} : { refused }),
  };
}

function wordsOf(body: readonly Statement[], keyword: string): string | undefined {
  return wordOf(body, keyword) === undefined
    ? undefined
    : body.findLast((one) => one.keyword === keyword)?.args.join(' ');
}

/** The programs that checks and calls of a host name, by absolute paths. */
export function programsOf(statements: readonly Statement[]): readonly string[] {
  const scripts = blocksOf(statements, 'vrrp_script').flatMap(([, body]) =>
    body.filter(({ keyword }) => keyword === 'script'),
  );
  const calls = statements.flatMap(({ children = [] }) =>
    children.filter(({ keyword }) => /^notify(?:$|_)/.test(keyword)),
  );
  const programs = [...scripts, ...calls].flatMap(({ args: [first = ''] }) => first.split(' ')[0] ?? []);
  return [...new Set(programs.filter((path) => path.startsWith('/')))];
}
