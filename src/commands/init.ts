import { writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { SERVICE_CHOICE, SERVICE_NAMES } from '../checks/services.ts';
import { UsageError } from '../errors.ts';
import { type InitAnswers, renderInventory } from '../inventory/init.ts';
import { formatProblem, parseInventory } from '../inventory/read.ts';
import { inventoryJsonSchema } from '../inventory/schema/inventory.ts';
import { ask } from '../ui/terminal/prompt.ts';
import { type CommonOptions, EXIT, type ExitCode, type Io } from './io.ts';

export interface InitOptions extends CommonOptions {
  readonly vip?: string;
  readonly service?: string;
  readonly interface?: string;
  readonly user?: string;
  readonly vrid?: number;
  readonly jump?: string;
  readonly output: string;
  readonly force?: boolean;
}

/** `haprov init`: writes a commented inventory that lint accepts; asks for what the flags do not say. */
export async function init(hosts: readonly string[], options: InitOptions, io: Io): Promise<ExitCode> {
  const answers = await askMissing(hosts, options, io);
  const text = renderInventory(answers);
  const { problems } = parseInventory(text, {
    file: options.output,
    directory: process.cwd(),
    homeDirectory: '/',
    user: answers.user,
  });
  const errors = problems.filter((problem) => problem.severity === 'error');
  if (errors.length > 0) {
    throw new UsageError(`these answers make no inventory:\n${errors.map(formatProblem).join('\n')}`, {
      next: 'Run init again; nothing was written.',
    });
  }
  if (options.output === '-') {
    io.out.write(text);
    return EXIT.done;
  }
  const { output } = options;
  await writeNew(output, text, options.force === true);
  // The first line of the inventory names it, for editors; it is ours, so that an older one may go.
  await writeNew(
    join(dirname(output), 'haprov.schema.json'),
    `${JSON.stringify(inventoryJsonSchema(), null, 2)}\n`,
    true,
  );
  io.err.write(`Wrote ${output}, and haprov.schema.json next to it for editors.\n`);
  io.err.write(`Next: haprov lint ${output}, then haprov plan ${output}\n`);
  return EXIT.done;
}

async function askMissing(hosts: readonly string[], options: InitOptions, io: Io): Promise<InitAnswers> {
  const streams = { input: io.input, output: io.err };
  const given =
    hosts.length > 0
      ? hosts
      : (await ask('Your hosts, the first one preferred (NAME=ADDRESS or ADDRESS, separated by spaces)', '', streams))
          .split(/\s+/)
          .filter(Boolean);
  if (given.length < 2)
    throw new UsageError('a virtual IP needs at least two hosts', {
      next: 'haprov init lb1=192.168.1.10 lb2=192.168.1.11 --vip 192.168.1.100/24',
    });
  return {
    hosts: given.map((host, index) => parseHost(host, index)),
    vip: options.vip ?? (await ask('The virtual IP, with its prefix', '', streams)),
    interface: options.interface ?? (await ask('The interface that carries it', 'eth0', streams)),
    service: serviceOf(
      options.service ?? (await ask(`The service behind it: ${SERVICE_CHOICE}`, SERVICE_NAMES[0], streams)),
    ),
    user: options.user ?? (await ask('The user to connect as', userInfo().username, streams)),
    ...(options.vrid === undefined ? {} : { vrid: options.vrid }),
    ...(options.jump === undefined ? {} : { jump: options.jump.split(',') }),
  };
}

function parseHost(text: string, index: number): { name: string; address: string } {
  const cut = text.indexOf('=');
  return cut < 0
    ? { name: /^[A-Za-z]/.test(text) ? (text.split('.')[0] ?? text) : `lb${index + 1}`, address: text }
    : { name: text.slice(0, cut), address: text.slice(cut + 1) };
}

function serviceOf(text: string): InitAnswers['service'] {
  const known = SERVICE_NAMES.find((name) => name === text);
  if (known === undefined) throw new UsageError(`the service is ${SERVICE_CHOICE}, not '${text}'`);
  return known;
}

async function writeNew(file: string, text: string, force: boolean): Promise<void> {
  try {
    await writeFile(file, text, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new UsageError(`${file} is there already, and stays as it is`, {
        next: 'Name another file with --output, or add --force.',
      });
    }
    throw new UsageError(`cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
