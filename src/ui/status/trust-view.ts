import { basename } from 'node:path';
import type { ScannedKey } from '../../transport/host-keys/scan-key.ts';
import { causeOf } from '../terminal/error-view.ts';
import { groupBy } from '../terminal/group.ts';
import type { Style } from '../terminal/style.ts';
import { columnsOf, counted, pad } from '../terminal/text.ts';

export interface TrustViewOptions {
  /** Name the machines too whose keys are known. */
  readonly verbose?: boolean;
}

/** One line: what stands in its three columns, and lines of text below it. */
interface Row {
  readonly status: string;
  readonly label: string;
  readonly rest: string;
  readonly below: readonly string[];
}

const CONSOLE = 'check on its console: ssh-keygen -lf /etc/ssh/ssh_host_*.pub';

/**
 * Host keys for people: fingerprints one below the other and never cut, new ones first, refused ones last, then a count.
 * Ends with a newline.
 */
export function renderTrust(keys: readonly ScannedKey[], style: Style, options: TrustViewOptions = {}): string {
  const order = ['known', 'vouched', 'new', 'unreachable', 'refused'];
  const shown = keys.filter(({ status }) => options.verbose === true || !['known', 'vouched'].includes(status));
  const sorted = shown.toSorted((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
  const rows = sorted.flatMap((key) => rowsOf(key, style));
  const widths = {
    status: Math.max(0, ...rows.map(({ status }) => status.length)),
    label: Math.min(40, Math.max(0, ...rows.map(({ label }) => columnsOf(label)))),
  };
  const lines = rows.flatMap(({ status, label, rest, below }) => [
    `${paint(status, style)(pad(status, widths.status))}  ${pad(label, widths.label)}  ${rest}`.trimEnd(),
    ...below.map((line) => style.dim(`  ${line}`)),
  ]);
  return style.redact([...lines, style.bold(trustCounts(keys)), ''].join('\n'));
}

/** `TRUST 1 new, 1 known, 1 changed`. */
export function trustCounts(keys: readonly ScannedKey[]): string {
  const words = { new: 'new', known: 'known', changed: 'changed', revoked: 'revoked', unreachable: 'unreachable' };
  const counts = Object.entries({ ...words, vouched: 'by certificate' }).map(([word, text]) => {
    return { word, text, count: keys.filter((key) => wordOf(key) === word).length };
  });
  const shown = counts.filter(({ word, count }) => count > 0 || word === 'new' || word === 'known');
  return `TRUST ${shown.map(({ count, text }) => `${count} ${text}`).join(', ')}`;
}

/** What was added: one line for each file. */
export function renderAdded(added: readonly { readonly file: string }[], style: Style): string {
  const files = [...groupBy(added, ({ file }) => file)];
  return files.map(([file, keys]) => `Added ${counted(keys.length, 'key')} to ${style.line(file)}.\n`).join('');
}

/** The JSON form of `haprov trust`. */
export function trustJson(keys: readonly ScannedKey[], added: ReadonlySet<string>) {
  return {
    format: 1,
    added: added.size,
    keys: keys.map((key) => {
      const { label, hop, name, file } = key;
      const evidence = key.status === 'refused' ? key.key : key.status === 'new' ? key : undefined;
      return {
        host: label,
        hop,
        name,
        file,
        status: wordOf(key),
        key_type: evidence?.keyType ?? null,
        fingerprint: evidence?.fingerprint ?? null,
        added: added.has(keyId(key)),
        known: (key.status === 'refused' ? key.key.known : []).map(({ keyType, ...entry }) => ({
          ...entry,
          key_type: keyType,
        })),
        error: 'error' in key ? key.error : null,
      };
    }),
  };
}

/** Tells keys of one scan apart. */
export function keyId({ file, name, label }: ScannedKey): string {
  return JSON.stringify([file, name, label]);
}

function wordOf(key: ScannedKey): string {
  return key.status === 'refused' ? key.key.verdict : key.status;
}

function rowsOf(key: ScannedKey, style: Style): Row[] {
  const label = style.line(key.label);
  const status = wordOf(key).toUpperCase();
  if (key.status === 'known') return [{ status, label, rest: style.line(key.name), below: [] }];
  if (key.status === 'vouched') {
    const { file, line } = key.authority;
    const rest = `a certificate authority vouches for it: ${style.line(file)}:${line}`;
    return [{ status, label, rest, below: [] }];
  }
  if (key.status === 'new') return [{ status, label, rest: printOf(key), below: [] }];
  if (key.status === 'unreachable') {
    const { next } = key.error;
    const below = next === undefined ? [] : [`Fix: ${style.line(next)}`];
    return [{ status, label, rest: causeOf(key.error, style), below }];
  }
  const { known, verdict } = key.key;
  const was = known.map((entry) => ({
    status: '  was',
    label: style.line(`${basename(entry.file)}:${entry.line}`),
    rest: printOf(entry),
    below: [],
  }));
  const files = [...new Set(known.map(({ file }) => style.line(file)))];
  const places = files.length === 0 ? '' : ` (${files.join(', ')})`;
  const why = known.length === 0 ? style.line(key.error.message) : `refused${places}; ${CONSOLE}`;
  const end = [why, ...(key.error.next === undefined ? [] : [`Fix: ${style.line(key.error.next)}`])];
  const rows = [{ status, label, rest: printOf(key.key), below: [] }, ...(verdict === 'revoked' ? [] : was)];
  return rows.map((row, index) => (index === rows.length - 1 ? { ...row, below: end } : row));
}

const TYPES: Readonly<Record<string, string>> = { 'ssh-ed25519': 'ED25519', 'ssh-rsa': 'RSA', 'ssh-dss': 'DSA' };

/** Fingerprint and type as ssh-keygen -l has them. */
function printOf({ fingerprint, keyType }: { readonly fingerprint: string; readonly keyType: string }): string {
  const type = TYPES[keyType] ?? (keyType.startsWith('ecdsa-') ? 'ECDSA' : keyType);
  return fingerprint === '' ? '' : `${fingerprint}  ${type}`;
}

function paint(status: string, style: Style): (text: string) => string {
  if (status === 'NEW') return style.yellow;
  return ['CHANGED', 'REVOKED', 'UNREACHABLE'].includes(status) ? style.alarm : style.dim;
}
