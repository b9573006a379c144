import { z } from 'zod';
import { HaprovError } from '../errors.ts';
import { sysctlSubject } from '../facts/system/sysctl.ts';
import { quote } from '../transport/quote.ts';
import { absolutePath, flag } from './arguments.ts';
import type { Change, Undo } from './change.ts';
import { planFile } from './plan-file.ts';
import type { Module, TaskContext } from './task.ts';

const entry = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9_]+([./][A-Za-z0-9_-]+)+$/, 'must be a kernel parameter such as net.ipv4.ip_nonlocal_bind'),
  value: z.union([z.number().int(), z.string().regex(/^[A-Za-z0-9 .\t-]+$/)]).transform(String),
  /** Left out unless true; a template, such as "{{ ipv6 }}". */
  when: flag.default(true),
});
const shape = z.strictObject({
  file: absolutePath.default('/etc/sysctl.d/60-haprov.conf'),
  values: z.array(entry).min(1),
});
type Entry = z.infer<typeof entry>;

/** Kernel parameters, live and at every boot, through one file in sysctl.d. */
export const sysctlModule: Module<z.infer<typeof shape>> = {
  name: 'sysctl',
  parse: (args) => shape.parse(args),
  plan: async ({ file, values }, context) => {
    const wanted = values.filter((value) => value.when);
    const text = `# Written by haprov.\n${wanted.map(({ name, value }) => `${name} = ${value}\n`).join('')}`;
    const content = { text, masked: text };
    const [kept, ...live] = await Promise.all([
      planFile({ path: file, content, mode: '0644', owner: 'root', group: 'root' }, context),
      ...wanted.map((value) => planLive(value, file, context)),
    ]);
    return {
      changes: [...kept.changes, ...live.flatMap((one) => one.changes)],
      notes: [...kept.notes, ...live.flatMap((one) => one.notes)],
    };
  },
};

async function planLive(
  wanted: Entry,
  file: string,
  context: TaskContext,
): Promise<{ changes: Change[]; notes: string[] }> {
  const fact = await context.ask(sysctlSubject, wanted.name);
  if (fact.live === null) {
    throw new HaprovError(`this kernel has no ${wanted.name}`, { host: context.host.id, action: 'plan sysctl' });
  }
  const winner = fact.boot.at(-1);
  const overruled =
    winner !== undefined &&
    winner.file !== file &&
    spaced(winner.value) !== spaced(wanted.value) &&
    winner.file.slice(winner.file.lastIndexOf('/') + 1) > file.slice(file.lastIndexOf('/') + 1);
  const notes = overruled
    ? [`${winner.file} sets ${wanted.name} = ${winner.value} at boot, after ${file}: take that line out`]
    : [];
  if (spaced(fact.live) === spaced(wanted.value)) return { changes: [], notes };
  const change: Change = {
    task: context.task,
    module: 'sysctl',
    action: 'set',
    target: `sysctl ${wanted.name}`,
    detail: `${fact.live} -> ${wanted.value}`,
    phase: 'prepare',
    steps: [{ describe: `set ${wanted.name}`, script: setScript(wanted.name, wanted.value) }],
    notify: context.notify,
    undo: undoLive(wanted, fact.live),
  };
  return { changes: [change], notes };
}

/** The old value, unless the live one is no longer what was set. */
function undoLive({ name, value }: Entry, before: string): Undo {
  const now = `now="$(sysctl -n ${quote(name)} | tr -s '[:space:]' ' ' | sed 's/^ //; s/ $//')"`;
  return {
    describe: `set ${name} back to ${before}`,
    script: `set -eu
${now}
[ "$now" != ${quote(spaced(before))} ] || exit 0
[ "$now" = ${quote(spaced(value))} ] || { echo ${quote(`left ${name} alone: it is no longer what haprov set`)}; exit 0; }
sysctl -q -w ${quote(`${name}=${before}`)}
echo ${quote(`set ${name} back to ${before}`)}`,
    needed: `${now}; [ "$now" = ${quote(spaced(value))} ]`,
    redo: setScript(name, value),
  };
}

function setScript(name: string, value: string): string {
  return `sysctl -q -w ${quote(`${name}=${value}`)}`;
}

/** The kernel shows values of several numbers with tabs between them. */
function spaced(value: string): string {
  return value.trim().replace(/\s+/g, ' ');
}
