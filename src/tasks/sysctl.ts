import { z } from 'zod';
import type { Change } from '../changes/change.ts';
import { spaced } from '../changes/sysctl.ts';
import { HaprovError } from '../errors.ts';
import { sysctlSubject } from '../facts/system/sysctl.ts';
import { absolutePath, flag } from './arguments.ts';
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
    data: [{ kind: 'sysctl', target: wanted.name, before: fact.live, after: wanted.value }],
    notify: context.notify,
  };
  return { changes: [change], notes };
}
