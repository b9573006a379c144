import { sha256, versionOf } from '../changes/backup.ts';
import type { Change, PeerVisible, Phase, Recreated, StagedTest, Upload } from '../changes/change.ts';
import { HaprovError } from '../errors.ts';
import { contentSubject, type FileFact, fileSubject } from '../facts/system/file.ts';
import { maskKeepalivedConf } from '../keepalived/mask.ts';
import { type Content, NOTHING, type Planned, type TaskContext } from './task.ts';

export interface FileWish {
  readonly path: string;
  readonly content: Content;
  readonly mode: string;
  readonly owner: string;
  readonly group: string;
  /**
   * Nothing of the content is shown or saved. Default: where the owner alone may read it, now or afterwards, and where it
   * holds a private key. `false` shows even that, but for a key.
   */
  readonly sensitive?: boolean;
  /**
   * A command that must succeed. With %s it is given the staged file and runs before anything is replaced; without,
   * it runs with the file in place, and the host restores the old version when it fails.
   */
  readonly validate?: string;
  /** A test of the staged file, instead of `validate`. */
  readonly test?: StagedTest;
  /** When it takes effect. Default: prepare for a file that is not there yet, activate for one that is. */
  readonly phase?: Phase;
  /** Asked where the content changes: what depends on the text that stands there; null for none. */
  readonly given?: (old: string | null) => Given;
}

/** What the text that stands there makes of a change. */
export interface Given {
  readonly peerVisible?: readonly PeerVisible[];
  readonly recreates?: readonly Recreated[];
  /** A version that is there for one reload before the new one. */
  readonly intermediate?: NonNullable<Upload['intermediate']>;
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
  const { path, mode, owner, group } = wish;
  const before = { mode: fact.mode, owner: fact.owner, group: fact.group };
  const content = fact.sha256 === undefined ? {} : { sha256: fact.sha256 };
  const change: Change = {
    task: context.task,
    module: 'file',
    action: 'set',
    target: path,
    detail: parts.join(', '),
    phase: 'prepare',
    data: [{ kind: 'attributes', target: path, ...content, before, after: { mode, owner, group } }],
    notify: [],
  };
  return { changes: [change], notes: [] };
}

function contentChange(wish: FileWish, fact: FileFact, old: string | null, context: TaskContext): Change {
  const { path, mode, owner, group, validate, content } = wish;
  const before = versionOf(fact);
  const { peerVisible = [], recreates = [], intermediate } = wish.given?.(old) ?? {};
  const inPlace = validate !== undefined && !validate.includes('%s') ? { check: validate } : {};
  const masked = {
    before: old === null ? null : maskOld(old, wish, context),
    after: context.redact(content.masked),
  };
  const diff = isSensitive(wish, fact, old)
    ? { before: old === null ? null : HIDDEN, after: HIDDEN, note: 'sensitive, so its content is not shown' }
    : { ...masked, ...(masked.before === masked.after ? { note: 'a secret value changes' } : {}) };
  const tested = validate === undefined ? '' : `, validated by: ${validate}`;
  return {
    task: context.task,
    module: 'file',
    action: before === null ? 'create' : 'update',
    target: path,
    detail: `mode ${mode}, ${owner}:${group}${tested}`,
    diff,
    phase: wish.phase ?? (before === null ? 'prepare' : 'activate'),
    data: [
      {
        kind: 'file',
        target: path,
        before,
        after: { sha256: sha256(content.text), mode, owner, group },
        ...(intermediate === undefined ? {} : { between: [sha256(intermediate.text)] }),
        ...inPlace,
      },
    ],
    upload: {
      from: { text: content.text },
      ...testOf(wish),
      ...(intermediate === undefined ? {} : { intermediate }),
    },
    notify: context.notify,
    ...(peerVisible.length === 0 ? {} : { peerVisible }),
    ...(recreates.length === 0 ? {} : { recreates }),
  };
}

const HIDDEN = '********';
// Of OpenSSL, OpenSSH and PuTTY.
const PRIVATE_KEY = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----|^PuTTY-User-Key-File-\d/m;

function isSensitive({ sensitive, mode, content }: FileWish, fact: FileFact, old: string | null): boolean {
  if ([content.text, old ?? ''].some((text) => PRIVATE_KEY.test(text))) return true;
  if (sensitive !== undefined) return sensitive;
  const modes = fact.type === 'absent' ? [mode] : [mode, fact.mode];
  return modes.some((one) => (Number.parseInt(one, 8) & 0o077) === 0);
}

function testOf({ test, validate }: FileWish): Pick<Upload, 'test'> {
  if (test !== undefined) return { test };
  return validate?.includes('%s') === true ? { test: { command: validate } } : {};
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
