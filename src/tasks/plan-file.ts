import { HaprovError } from '../errors.ts';
import { contentSubject, type FileFact, fileSubject } from '../facts/system/file.ts';
import { maskKeepalivedConf } from '../keepalived/mask.ts';
import { quote } from '../transport/quote.ts';
import type { Change, PeerVisible, Phase, Step } from './change.ts';
import { type BetweenFile, planBetween } from './intermediate-config.ts';
import { sha256, stagedPath, stageScript, swapScript, type TargetFile, validateInPlaceScript } from './replace-file.ts';
import { type Content, NOTHING, type Planned, type TaskContext } from './task.ts';
import { undoAttributes, undoFile, versionOf } from './undo-file.ts';

export interface FileWish {
  readonly path: string;
  readonly content: Content;
  readonly mode: string;
  readonly owner: string;
  readonly group: string;
  /**
   * A command that must succeed. With %s it is given the staged file and runs before anything is replaced; without,
   * it runs with the file in place, and the old state is put back when it fails.
   */
  readonly validate?: string;
  /** A script that tests the staged file, instead of `validate`. */
  readonly test?: string;
  /** When it takes effect. Default: prepare for a file that is not there yet, activate for one that is. */
  readonly phase?: Phase;
  /** Asked where the content changes: what depends on the text that stands there; null for none. */
  readonly given?: (old: string | null) => Given;
}

/** What the text that stands there makes of a change. */
export interface Given {
  readonly peerVisible?: readonly PeerVisible[];
  /** A version that stands there for one reload before the new one. */
  readonly between?: BetweenFile;
}

/** The changes that make a regular file what it shall be: none, its mode and owner, or its content. */
export async function planFile(wish: FileWish, context: TaskContext): Promise<Planned> {
  const fact = await context.ask(fileSubject, wish.path);
  if (fact.type !== 'absent' && fact.type !== 'file') {
    throw new HaprovError(
      `${wish.path} is a ${fact.type === 'link' ? 'symbolic link' : fact.type}, not a regular file`,
      {
        host: context.host.id,
        action: `plan ${wish.path}`,
        next: 'Move it away, or point the playbook at another path.',
      },
    );
  }
  if (fact.type === 'file' && fact.sha256 === sha256(wish.content.text)) return planAttributes(wish, fact, context);
  const old = fact.type === 'absent' ? null : await context.ask(contentSubject, wish.path);
  return { changes: [contentChange(wish, fact, old, context)], notes: [] };
}

function planAttributes(wish: FileWish, fact: Exclude<FileFact, { type: 'absent' }>, context: TaskContext): Planned {
  const parts = [
    ...(fact.mode === wish.mode ? [] : [`mode ${fact.mode} -> ${wish.mode}`]),
    ...(fact.owner === wish.owner && fact.group === wish.group
      ? []
      : [`owner ${fact.owner}:${fact.group} -> ${wish.owner}:${wish.group}`]),
  ];
  if (parts.length === 0) return NOTHING;
  const script = `set -eu
f=${quote(wish.path)}
[ -f "$f" ] && [ ! -L "$f" ] || { echo "$f is not a regular file" >&2; exit 1; }
chown ${quote(`${wish.owner}:${wish.group}`)} "$f"
chmod ${quote(wish.mode)} "$f"`;
  return {
    changes: [
      {
        task: context.task,
        module: 'file',
        action: 'set',
        target: wish.path,
        detail: parts.join(', '),
        phase: 'prepare',
        steps: [{ describe: `set ${parts.join(', ')} of ${wish.path}`, script }],
        notify: [],
        undo: undoAttributes(wish.path, fact, wish, fact.sha256),
      },
    ],
    notes: [],
  };
}

function contentChange(wish: FileWish, fact: FileFact, old: string | null, context: TaskContext): Change {
  const version = versionOf(fact);
  const before = version?.sha256 ?? null;
  const after = sha256(wish.content.text);
  const { peerVisible = [], between } = wish.given?.(old) ?? {};
  const target: TargetFile = { ...wish, sha256: after, before };
  const step = between === undefined ? undefined : planBetween(target, between);
  const file: TargetFile = { ...target, ...(step === undefined ? {} : { alsoBefore: step.sha256 }) };
  const undo = undoFile({
    path: wish.path,
    before: version,
    after,
    ...(step === undefined ? {} : { between: [step.sha256] }),
  });
  const phase = wish.phase ?? (before === null ? 'prepare' : 'activate');
  const stage: Step[] = [
    { describe: `upload ${wish.path}`, script: stageScript(file), stdin: Buffer.from(wish.content.text, 'utf8') },
    ...testSteps(wish),
    ...(step?.stage ?? []),
  ];
  const inPlace = wish.validate !== undefined && !wish.validate.includes('%s') ? wish.validate : undefined;
  const swap: Step[] = [
    {
      describe: `put ${wish.path} in place`,
      // One script: a check of its own could be cut off from what it checks.
      script:
        inPlace === undefined
          ? swapScript(file)
          : inTurn(swapScript(file), validateInPlaceScript(file, inPlace, undo.script)),
    },
  ];
  const masked = {
    before: old === null ? null : maskOld(old, wish, context),
    after: context.redact(wish.content.masked),
  };
  const hidden = masked.before === masked.after ? { note: 'a secret value changes' } : {};
  return {
    task: context.task,
    module: 'file',
    action: before === null ? 'create' : 'update',
    target: wish.path,
    detail: `mode ${wish.mode}, ${wish.owner}:${wish.group}`,
    diff: { ...masked, ...hidden },
    phase,
    ...(phase === 'activate' ? { stage, steps: swap } : { steps: [...stage, ...swap] }),
    unstage: [
      { describe: `clear the upload of ${wish.path} away`, script: `rm -f -- ${quote(stagedPath(wish.path))}` },
      ...(step?.unstage ?? []),
    ],
    notify: context.notify,
    undo,
    ...(peerVisible.length === 0 ? {} : { peerVisible }),
    ...(step === undefined ? {} : { first: step.swap }),
  };
}

/** One after the other, each in a shell of its own, and not joined by &&: before that, `set -e` has no effect. */
function inTurn(first: string, second: string): string {
  return `(\n${first}\n)\ncode=$?; [ "$code" -eq 0 ] || exit "$code"\n(\n${second}\n)`;
}

function testSteps(wish: FileWish): readonly Step[] {
  if (wish.test !== undefined) return [{ describe: `test the new ${wish.path}`, script: wish.test }];
  if (wish.validate === undefined || !wish.validate.includes('%s')) return [];
  return [
    { describe: `check the new ${wish.path}`, script: wish.validate.replaceAll('%s', quote(stagedPath(wish.path))) },
  ];
}

/**
 * The old text as it may be shown. A file that holds secrets may hold old ones, which no one here knows: of those only
 * lines that the new version has too are shown.
 */
function maskOld(old: string, wish: FileWish, context: TaskContext): string {
  const text = context.redact(maskKeepalivedConf(old));
  if (wish.content.text === wish.content.masked || wish.path.endsWith('/keepalived.conf')) return text;
  const known = new Set(wish.content.text.split('\n'));
  return old
    .split('\n')
    .map((line) => (known.has(line) ? context.redact(line) : '********'))
    .join('\n');
}
