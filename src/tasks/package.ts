import { z } from 'zod';
import { HaprovError } from '../errors.ts';
import { type OsFact, osSubject } from '../facts/system/os.ts';
import { packageSubject } from '../facts/system/package.ts';
import { programSubject } from '../facts/system/program.ts';
import { commandName, packageName, unitName } from './arguments.ts';
import { type Module, NOTHING } from './task.ts';

const names = z.array(packageName);
const shape = z.strictObject({
  /** The same names everywhere, or names for each family. */
  name: z.union([names, packageName.transform((name) => [name]), z.strictObject({ debian: names, rhel: names })]),
  /** By package, a command with which it need not be installed: curl-minimal has curl, too, and conflicts with it. */
  commands: z.record(z.string(), commandName).default({}),
  /** Services that the packages must not start while they are installed. */
  hold: z.array(unitName).default([]),
  /** Programs that must not run already where their packages are still to be installed: a second one would fail, or take their ports. */
  alone: z.array(commandName).default([]),
});

/**
 * Packages that shall be installed, by apt or dnf (yum where dnf is missing); any version will do, none is upgraded.
 * Facts of both families' names are asked at once, so that the family need not be known first.
 */
export const packageModule: Module<z.infer<typeof shape>> = {
  name: 'package',
  parse: (args) => shape.parse(args),
  plan: async ({ name, commands, hold, alone }, { ask, host, task, notify }) => {
    const all = Array.isArray(name) ? name : [...new Set([...name.debian, ...name.rhel])];
    const looked = [...new Set([...Object.values(commands), ...alone])];
    const [os, facts, programs] = await Promise.all([
      ask(osSubject, 'os'),
      Promise.all(all.map((one) => ask(packageSubject, one))),
      Promise.all(looked.map((one) => ask(programSubject, one))),
    ]);
    const programOf = (one: string | undefined) => (one === undefined ? undefined : programs[looked.indexOf(one)]);
    const wanted = Array.isArray(name) ? name : namesFor(os, name, host.id);
    const broken = wanted.filter((one) => facts[all.indexOf(one)]?.broken);
    const missing = wanted.filter(
      (one) =>
        facts[all.indexOf(one)]?.version === null &&
        (broken.includes(one) ||
          programOf(Object.hasOwn(commands, one) ? commands[one] : undefined)?.installed !== true),
    );
    if (missing.length === 0) return NOTHING;
    const second = alone.find((one) => {
      const mine = Object.entries(commands).some(([pack, command]) => command === one && missing.includes(pack));
      return mine && programOf(one)?.installed !== true && programOf(one)?.runs === true;
    });
    if (second !== undefined) throw runsAlready(second, host.id);
    const family = familyOf(os, host.id);
    return {
      changes: [
        {
          task,
          module: 'package',
          action: 'install',
          target: `package ${missing.join(', ')}`,
          detail: broken.length === 0 ? '' : `finishing the interrupted installation of ${broken.join(', ')} first`,
          phase: 'prepare',
          data: [{ kind: 'package', family, names: missing, hold, before: 'absent', after: 'installed' }],
          notify,
        },
      ],
      notes: [],
    };
  },
};

function runsAlready(program: string, host: string): HaprovError {
  return new HaprovError(
    `${program} runs on ${host}, from a container or from no package, and the package would bring a second one`,
    {
      host,
      action: 'plan packages',
      next: `In the inventory write service: { container: ${program} }, or service: { unit: UNIT, install: false } where a unit runs it.`,
    },
  );
}

function namesFor(
  os: OsFact,
  byFamily: { readonly debian: string[]; readonly rhel: string[] },
  host: string,
): readonly string[] {
  return byFamily[familyOf(os, host)];
}

function familyOf(os: OsFact, host: string): 'debian' | 'rhel' {
  if (os.family === 'other') throw unsupported(os, host);
  return os.family;
}

function unsupported(os: OsFact, host: string): HaprovError {
  return new HaprovError(`${os.name || os.id || 'this system'} is neither of the Debian nor of the RHEL family`, {
    host,
    action: 'plan packages',
    next: 'haprov installs by apt, dnf or yum; leave this host out of the inventory.',
  });
}
