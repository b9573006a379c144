import { formatPatch, structuredPatch } from 'diff';
import type { Change } from '../../changes/change.ts';
import type { Style } from '../terminal/style.ts';
import { counted, visible } from '../terminal/text.ts';

// The library gives up after this long (milliseconds); a plan over many hosts must not stall on one strange file.
const TIMEOUT = 500;
const CONTEXT = 3;
const HEADERS = { includeIndex: false, includeUnderline: false, includeFileHeaders: true };

/**
 * The unified diff of a change's file, safe for a terminal, without colour; an absent file stands as /dev/null. Where
 * both sides read the same, the change's note in brackets ("(a secret value changed)"). null: there is nothing to
 * compare, such as for a package.
 */
export function unifiedDiff(change: Change): string | null {
  if (change.diff === undefined) return null;
  const { before, after, note } = change.diff;
  const remark = note === undefined ? '' : `(${visible(note)})\n`;
  if (before === after) return remark === '' ? null : remark;
  if (isBinary(before) || isBinary(after)) return `${binaryLine(before, after)}\n${remark}`;
  return patchOf(visible(change.target), toText(before), toText(after), before === null, after === null) + remark;
}

/** A diff's lines in colour: removed red, added green, places cyan, file names bold; long lines cut to `columns`. */
export function colourDiff(diff: string, style: Style): string[] {
  const lines = diff.replace(/\n$/, '').split('\n');
  let inHunk = false;
  return lines.map((line) => {
    if (line.startsWith('@@')) inHunk = true;
    if (!inHunk) return /^(---|\+\+\+) /.test(line) ? style.bold(line) : style.yellow(line);
    if (line.startsWith('@@')) return style.cyan(line);
    if (line.startsWith('-')) return style.red(line);
    if (line.startsWith('+')) return style.green(line);
    return line.startsWith('(') || line.startsWith('\\') ? style.yellow(line) : line;
  });
}

/** A diff's long lines cut around the first place where a removed line and its added twin differ. */
export function cutLongLines(diff: string, limit: number): string {
  const lines = diff.split('\n');
  if (lines.every((line) => line.length <= limit)) return diff;
  return lines.map((line, index) => cutLine(line, firstDifference(line, twinOf(lines, index)), limit)).join('\n');
}

// Where escaping makes both sides alike there is no hunk to show, and yet the bytes differ.
function patchOf(target: string, before: string, after: string, created: boolean, removed: boolean): string {
  const from = created ? '/dev/null' : target;
  const to = removed ? '/dev/null' : target;
  if (before === after && created !== removed) return `--- ${from}\n+++ ${to}\n(empty file)\n`;
  if (before === after) return `--- ${from}\n+++ ${to}\n(differs only in control characters)\n`;
  const patch = structuredPatch(from, to, before, after, undefined, undefined, { context: CONTEXT, timeout: TIMEOUT });
  return patch === undefined ? wholeMiddle(from, to, before, after) : formatPatch(patch, HEADERS);
}

/** Everything between the common head and tail as removed and added: true, computed in one pass. */
function wholeMiddle(from: string, to: string, before: string, after: string): string {
  const old = before.replace(/\n$/, '').split('\n');
  const fresh = after.replace(/\n$/, '').split('\n');
  let head = 0;
  while (head < old.length && head < fresh.length && old[head] === fresh[head]) head++;
  let tail = 0;
  while (tail < old.length - head && tail < fresh.length - head && old.at(-1 - tail) === fresh.at(-1 - tail)) tail++;
  const removed = old.slice(head, old.length - tail);
  const added = fresh.slice(head, fresh.length - tail);
  const place = `@@ -${head + 1},${removed.length} +${head + 1},${added.length} @@`;
  const body = [...removed.map((line) => `-${line}`), ...added.map((line) => `+${line}`)];
  if (body.length === 0) body.push('(differs only in the newline at the end)');
  return [`--- ${from}`, `+++ ${to}`, place, ...body, ''].join('\n');
}

function toText(side: string | null): string {
  return side === null ? '' : visible(side);
}

function isBinary(side: string | null): boolean {
  return side !== null && (side.includes('\0') || /\ufffd{4}/.test(side));
}

function binaryLine(before: string | null, after: string | null): string {
  const size = (side: string | null) => (side === null ? 'absent' : counted(Buffer.byteLength(side), 'byte'));
  return `Binary file: ${size(before)} -> ${size(after)}`;
}

/** The added line that replaces a removed one, or the other way round: same place in runs of equal length. */
function twinOf(lines: readonly string[], index: number): string | undefined {
  const sign = lines[index]?.[0];
  if (sign !== '-' && sign !== '+') return undefined;
  let start = index;
  while (lines[start - 1]?.[0] === sign) start--;
  let end = index + 1;
  while (lines[end]?.[0] === sign) end++;
  const size = end - start;
  const twin = sign === '-' ? lines[index + size] : lines[index - size];
  return twin?.[0] === (sign === '-' ? '+' : '-') ? twin : undefined;
}

function firstDifference(line: string, twin: string | undefined): number {
  if (twin === undefined) return 0;
  let index = 1;
  while (index < line.length && line[index] === twin[index]) index++;
  return index;
}

function cutLine(line: string, at: number, limit: number): string {
  if (line.length <= limit) return line;
  const from = at < limit - 20 ? 1 : at - 40;
  const kept = line.slice(from, from + limit);
  const left = line.length - 1 - kept.length;
  return `${line[0]}${from === 1 ? '' : '… '}${kept}… (${left.toLocaleString('en-US')} more characters)`;
}
