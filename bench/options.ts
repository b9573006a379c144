import { parseArgs } from 'node:util';
import { UsageError } from '../src/errors.ts';

export const USAGE = `usage: npm run bench [-- OPTIONS]
  --hosts 2,10,40    fleet sizes, even numbers (a cluster has two hosts)
  --runs 5           rounds; every contender runs once in each
  --slow-runs 2      rounds in which the contenders that take minutes take part
  --only NAME,…      only these contenders; haprov always runs
  --compare FILE     one more contender: another build's cli.js
  --lab bench:20     the lab's name and the third byte of its subnet
  --down             remove the lab afterwards
  --bastion          another benchmark: the largest fleet behind a bastion, --jump beside --from
  --rtt 80           with --bastion: milliseconds of round trip to it`;

/** What to measure, as the command line says. */
export interface Options {
  readonly hosts: readonly number[];
  readonly runs: number;
  readonly slowRuns: number;
  readonly only: readonly string[] | undefined;
  readonly compare: string | undefined;
  readonly place: { readonly name: string; readonly subnet: number };
  readonly down: boolean;
  readonly bastion: boolean;
  readonly rttMs: number;
}

/** Parses the command line; throws UsageError. */
export function parseOptions(argv: readonly string[]): Options {
  const values = parseFlags(argv);
  const hosts = values.hosts.split(',').map((word) => wholeNumber('--hosts', word));
  if (hosts.some((count) => count % 2 !== 0 || count === 0))
    throw new UsageError('--hosts takes even numbers from 2 on');
  const [name = '', subnet = ''] = values.lab.split(':');
  return {
    hosts: [...new Set(hosts)].sort((a, b) => a - b),
    runs: Math.max(1, wholeNumber('--runs', values.runs)),
    slowRuns: wholeNumber('--slow-runs', values['slow-runs']),
    only: values.only?.split(','),
    compare: values.compare,
    place: { name, subnet: wholeNumber('--lab', subnet) },
    down: values.down,
    bastion: values.bastion,
    rttMs: wholeNumber('--rtt', values.rtt),
  };
}

function parseFlags(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        hosts: { type: 'string', default: '2,10,40' },
        runs: { type: 'string', default: '5' },
        'slow-runs': { type: 'string', default: '2' },
        only: { type: 'string' },
        compare: { type: 'string' },
        lab: { type: 'string', default: 'bench:20' },
        down: { type: 'boolean', default: false },
        bastion: { type: 'boolean', default: false },
        rtt: { type: 'string', default: '80' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { next: USAGE });
  }
}

function wholeNumber(option: string, word: string): number {
  if (!/^\d+$/.test(word)) throw new UsageError(`${option}: '${word}' is not a whole number`, { next: USAGE });
  return Number(word);
}
