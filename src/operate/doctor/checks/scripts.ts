import { type ComplaintFact, complaintsSubject } from '../../../facts/keepalived/complaints.ts';
import { type PathPart, type RunScriptFact, runScriptSubject } from '../../../facts/keepalived/run-script.ts';
import type { RunningVrrp } from '../../../facts/keepalived/running-vrrp.ts';
import { contentSubject } from '../../../facts/system/file.ts';
import { HOST_PATHS } from '../../../vrrp/paths.ts';
import { type Answer, type Check, hostCheck, type Member, running } from '../check.ts';
import { fail, ok, type Verdict, warn } from '../finding.ts';
import { type NamedScript, type ScriptWords, scriptWords } from '../script-words.ts';

/** The scripts that keepalived.conf names, as they are on the host. */
export interface Scripts {
  readonly words: ScriptWords;
  /** By command line. */
  readonly facts: ReadonlyMap<string, RunScriptFact>;
  readonly running: RunningVrrp | null;
  readonly complaints: readonly ComplaintFact[];
}

/** Asked in the second round, since the first one reads the file that names them. */
export async function scriptsOf(member: Member): Promise<Scripts> {
  const words = scriptWords(await member.look(contentSubject, HOST_PATHS.keepalivedConf));
  const commands = [...new Set(words.scripts.map(({ command }) => command))];
  const [facts, now, complaints] = await Promise.all([
    Promise.all(commands.map(async (command) => [command, await member.watch(runScriptSubject, command)] as const)),
    running(member).catch(() => null),
    member.watch(complaintsSubject, 'complaints'),
  ]);
  return { words, facts: new Map(facts), running: now, complaints };
}

const ROOT = new Set([undefined, 'root', '0']);

/**
 * Why keepalived would not run a script, by the rules of its own check (keepalived core/notify.c, check_security): each
 * part of the path root's own, and writable for nobody else; undefined: it would.
 */
export function insecureBecause({ absent, parts, missingInterpreter }: RunScriptFact): string | undefined {
  if (absent) return 'is not there';
  const [script] = parts;
  if (script !== undefined && script.type === 'file' && (script.mode & 0o111) === 0)
    return `is not executable (mode ${octal(script)})`;
  if (missingInterpreter !== null) return `wants ${missingInterpreter}, which is not there`;
  for (const part of parts.filter(({ type }) => type !== 'link')) {
    const what = part === script ? '' : `: ${part.path}`;
    if (part.uid !== 0) return `does not belong to root alone${what} (user ${part.uid})`;
    const sticky = part.type === 'directory' && (part.mode & 0o1000) !== 0;
    if ((part.mode & 0o002) !== 0 && !sticky) return `can be changed by everybody${what} (mode ${octal(part)})`;
    if ((part.mode & 0o020) !== 0 && part.gid !== 0 && !sticky)
      return `can be changed by a group${what} (mode ${octal(part)}, group ${part.gid})`;
  }
  return undefined;
}

function octal({ mode }: PathPart): string {
  return mode.toString(8).padStart(4, '0');
}

const ABOUT_SCRIPTS = /script|SECURITY VIOLATION/i;

export function judgeDropped({ host, facts }: Answer<Scripts>): readonly Verdict[] {
  const { words, running: vrrp, complaints } = facts;
  const verdicts = words.scripts.flatMap(({ name, kind, command }): Verdict[] => {
    const fact = facts.facts.get(command);
    const reason = fact === undefined ? undefined : insecureBecause(fact);
    // Paths that only root's scripts need to be safe for; whether it is there and runs matters to all.
    const grave = fact?.absent === true || fact?.missingInterpreter !== null || /executable/.test(reason ?? '');
    if (reason === undefined || (!grave && !ROOT.has(words.user))) return [];
    const [path = ''] = command.split(' ');
    const why =
      kind === 'check'
        ? `keepalived drops it without an error: ${host.name} keeps the VIP whatever becomes of its service`
        : 'keepalived drops it without an error, and a failover is not announced';
    const trouble = {
      why,
      mends: true,
      fix: `chown root:root and chmod go-w every part of ${path}; systemctl reload keepalived`,
    } as const;
    const evidence = `${name}: ${path} ${reason}`;
    return [grave || words.security ? fail(host.id, evidence, trouble) : warn(host.id, evidence, trouble)];
  });
  if (verdicts.length > 0) return verdicts;
  const dropped = (vrrp?.scripts ?? []).filter(({ insecure }) => insecure).map(({ name }) => name);
  const lines = complaints.filter(({ message }) => ABOUT_SCRIPTS.test(message)).map(({ message }) => message);
  const said = lines.at(-1) ?? (dropped.length > 0 ? `${dropped.join(', ')} is held for insecure` : undefined);
  if (said !== undefined) {
    return [
      fail(host.id, `keepalived dropped a script when it was loaded: ${said}`, {
        why: 'its files are in order by now, and keepalived has not looked again',
        fix: 'systemctl reload keepalived',
      }),
    ];
  }
  return [
    ok(host.id, words.scripts.length === 0 ? 'keepalived.conf names no scripts' : `${namesOf(words.scripts)} may run`),
  ];
}

function namesOf(scripts: readonly NamedScript[]): string {
  return [...new Set(scripts.map(({ name }) => name))].join(', ');
}

export function judgeHabits({ host, facts }: Answer<Scripts>): readonly Verdict[] {
  const healing = facts.words.scripts.flatMap(({ name, kind, command }): Verdict[] => {
    const fact = facts.facts.get(command);
    const heals = kind === 'check' ? (fact?.heals ?? null) : null;
    const [script] = fact?.parts ?? [];
    const open = fact?.webhook === true && script !== undefined && (script.mode & 0o004) !== 0;
    return [
      ...(heals === null
        ? []
        : [
            warn(host.id, `${name} starts services itself: ${heals}`, {
              why: 'a service that keeps dying looks healthy, and runs of the check overlap while it waits',
              mends: true,
              fix: 'let the check only look, and systemd restart: Restart=on-failure',
            }),
          ]),
      ...(open
        ? [
            warn(host.id, `${name}: everybody on the host can read the webhook in ${script.path}`, {
              why: 'who has the address can write to the channel',
              mends: true,
              fix: `chmod 0700 ${script.path}`,
            }),
          ]
        : []),
    ];
  });
  const overlapping = (facts.running?.scripts ?? [])
    .filter(({ timeout, interval }) => timeout > interval)
    .map(({ name, timeout, interval }) =>
      warn(host.id, `${name} may take ${timeout} s and is started every ${interval} s`, {
        why: 'keepalived 2.1.3 to 2.3.2 runs it several times at once, and finds a hang late',
        mends: true,
        fix: 'a timeout below the interval',
      }),
    );
  const verdicts = [...healing, ...overlapping];
  if (verdicts.length > 0) return verdicts;
  const checks = facts.words.scripts.some(({ kind }) => kind === 'check');
  return [
    ok(host.id, checks ? 'checks only look, and end before they are due again' : 'keepalived.conf names no checks'),
  ];
}

export const SCRIPT_CHECKS: readonly Check[] = [
  hostCheck({ id: 'HD041', name: 'scripts', phase: 'watch', ask: scriptsOf, judge: judgeDropped }),
  hostCheck({ id: 'HD043', name: 'habits', phase: 'watch', ask: scriptsOf, judge: judgeHabits }),
];
