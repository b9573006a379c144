import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { kindOf } from '../checks/registry.ts';
import { hasArguments } from '../checks/script-words.ts';
import { judgeFragment } from './fragment.ts';
import type { Inventory } from './model.ts';
import type { Notify, NotifyScripts } from './notify.ts';
import type { Finding, Path } from './problem.ts';

/** A file of the administrator's that an inventory names, and that an apply will need. */
export interface LocalFile {
  /** Absolute. */
  readonly file: string;
  readonly kind: 'check' | 'notify' | 'playbook' | 'data' | 'message' | 'fragment';
  readonly path: Path;
}

/** The largest script that is sent to a host, in bytes. */
const MAX_SCRIPT = 1024 * 1024;

/** Every file that the inventory names, with the path of the value that names it. */
export function listLocalFiles(inventory: Inventory): LocalFile[] {
  return inventory.clusters.flatMap(({ name, notify, playbook, vrrp_instances, keepalived }) => {
    const path = ['clusters', name];
    const checks = vrrp_instances.flatMap((instance) =>
      instance.track_script.flatMap((check): LocalFile[] => {
        const place = [...path, 'vrrp_instances', instance.name, 'track_script', check.name];
        const upload = kindOf(check.probe).upload?.(check.name, check.probe);
        if (upload === undefined) return [];
        const kind = upload.use === 'run' ? 'check' : 'data';
        return [{ file: upload.src, kind, path: [...place, upload.key] }];
      }),
    );
    return [
      ...checks,
      ...(keepalived.fragments ?? []).map((file, index): LocalFile => {
        return { file, kind: 'fragment', path: [...path, 'keepalived', 'fragments', index] };
      }),
      ...notifyFiles(notify, path),
      ...(playbook === undefined ? [] : [{ file: playbook, kind: 'playbook', path: [...path, 'playbook'] } as const]),
    ];
  });
}

/** Scripts and messages of notify, of the cluster and of its instances. */
function notifyFiles(notify: Notify, path: Path): LocalFile[] {
  const of = (scripts: NotifyScripts, place: Path): LocalFile[] => [
    ...(scripts.script === undefined
      ? []
      : [{ file: scripts.script, kind: 'notify', path: [...place, 'script'] } as const]),
    ...Object.entries(scripts.states ?? {}).map(
      ([state, file]): LocalFile => ({ file, kind: 'notify', path: [...place, state] }),
    ),
  ];
  return [
    ...of(notify, [...path, 'notify']),
    ...Object.entries(notify.instances ?? {}).flatMap(([name, own]) =>
      of(own, [...path, 'vrrp_instances', name, 'notify']),
    ),
    ...(notify.webhooks ?? []).flatMap(({ name, body }): LocalFile[] =>
      'file' in body ? [{ file: body.file, kind: 'message', path: [...path, 'notify', 'webhooks', name, 'body'] }] : [],
    ),
  ];
}

/** Reads the files and says what is wrong with them; never throws. */
export async function checkLocalFiles(files: readonly LocalFile[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const file of files) {
    // What it is instead the check of the whole has said.
    if (file.kind === 'check' && hasArguments(file.file)) continue;
    const content = await readScript(file.file);
    if (typeof content === 'string') findings.push(...judgeFile(file, content));
    else
      findings.push({
        path: file.path,
        severity: 'error',
        rule: 'file-missing',
        message: `${file.file}: ${content.reason}`,
      });
  }
  return findings;
}

/** What is wrong with a script's text. Pure. */
export function judgeFile({ file, kind, path }: LocalFile, content: string): Finding[] {
  if (kind === 'playbook' || kind === 'data') return [];
  if (kind === 'message') return judgeMessage(file, path, content);
  if (kind === 'fragment') return judgeFragment(file, path, content);
  const place = { path, severity: 'error', rule: 'script' } as const;
  const findings: Finding[] = [];
  const first = content.split('\n', 1)[0] ?? '';
  if (!/^#! ?\//.test(first))
    findings.push({
      ...place,
      message: `${file} has no interpreter in its first line, and keepalived starts it without a shell; begin it with #!/bin/sh`,
    });
  if (first.endsWith('\r'))
    findings.push({
      ...place,
      message: `${file} has Windows line ends, with which Linux finds no interpreter; save it with \\n alone`,
    });
  if (kind === 'check') findings.push(...judgeHealing(file, path, content));
  return findings;
}

/** A message of a webhook has to be JSON once its words are filled in. */
function judgeMessage(file: string, path: Path, content: string): Finding[] {
  try {
    JSON.parse(content);
    return [];
  } catch {
    const message = `${file} is no JSON: every {{ word }} stands within the quotes of a text`;
    return [{ path, severity: 'error', rule: 'webhook-body', message }];
  }
}

/** A check that restarts what it watches hides the failure for which the VIP ought to move. */
function judgeHealing(file: string, path: Path, content: string): Finding[] {
  const index = content
    .split('\n')
    .findIndex((line) => /^[^#]*\b(systemctl\s+(-\S+\s+)*(re)?start|service\s+\S+\s+(re)?start)\b/.test(line));
  if (index === -1) return [];
  const message = `${file} restarts a service in line ${index + 1}: a check that heals hides the failure and outruns its time limit; let it only look, systemd's Restart=on-failure heals`;
  return [{ path, severity: 'warning', rule: 'check-heals', message }];
}

async function readScript(file: string): Promise<string | { readonly reason: string }> {
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const info = await handle.stat();
      if (!info.isFile()) return { reason: 'this is not a file' };
      if (info.size > MAX_SCRIPT) return { reason: 'this file is larger than 1 MiB' };
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return { reason: code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})` };
  }
}
