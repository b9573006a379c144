import { beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import { AMOUNTS } from '../support/amounts.ts';
import { expectExit, planOf, summaryOf } from '../support/haprov.ts';
import { describeOnLab, must, testLab } from '../support/lab.ts';
import { holdersOf, until } from '../support/lab-facts.ts';
import { PAIRS, pair, writeInventory } from '../support/lab-inventory.ts';
import { VIPS } from '../support/lab-topology.ts';

const HOSTS = PAIRS.web;
/** An election, the rise of a check, and what a busy machine adds. */
const SETTLED = 20_000;

/** What a host may be in before the apply, as scripts. */
const STATES = {
  'is in good order': ':',
  'has no service': 'systemctl stop nginx',
  'has no keepalived': 'systemctl stop keepalived',
} as const;
const PRIORITIES = [
  [150, 100],
  [90, 140],
] as const;

type State = keyof typeof STATES;
const GOOD: State = 'is in good order';
const KINDS: readonly State[] = [GOOD, 'has no service', 'has no keepalived'];

interface Situation {
  readonly name: string;
  /** Of each host. */
  readonly states: readonly [State, State];
  readonly nopreempt: boolean;
  /** Before and after. */
  readonly priorities: readonly [number, number];
}

/** Numbers that are the same in each run: a failure can be had again. */
function situationOf(index: number): Situation {
  const one = KINDS[index % 3] ?? GOOD;
  // Not both: then nobody serves, and nothing is predicted.
  const two = one === GOOD ? (KINDS[Math.floor(index / 3) % 3] ?? GOOD) : GOOD;
  const states = [one, two] as const;
  const nopreempt = Math.floor(index / 2) % 2 === 1;
  const priorities = [Math.floor(index / 5) % 2, (Math.floor(index / 5) + 1 + (index % 2)) % 2] as const;
  const name = `${HOSTS[0]} ${states[0]}, ${HOSTS[1]} ${states[1]}, priorities ${PRIORITIES[priorities[0]]?.join('/')} -> ${PRIORITIES[priorities[1]]?.join('/')}${nopreempt ? ', nopreempt' : ''}`;
  return { name, states, nopreempt, priorities };
}

describeOnLab('the plan of a pair in any state', () => {
  let lab: Lab;

  const inventory = (which: number, nopreempt: boolean) => {
    const [first = 150, second = 100] = PRIORITIES[which] ?? [];
    const priority = { [HOSTS[0]]: first, [HOSTS[1]]: second };
    return writeInventory(lab, { web: pair(HOSTS, 'nginx', 61, VIPS.web, { nopreempt, priority }) });
  };
  const holders = () => holdersOf(lab, HOSTS, VIPS.web);

  beforeAll(async () => {
    lab = await testLab(HOSTS);
  });

  const situations = Array.from({ length: AMOUNTS.predictions }, (_, index) =>
    situationOf(index * (AMOUNTS.predictions < 50 ? 37 : 1)),
  );
  describe.each(situations)('$name', ({ states, nopreempt, priorities }) => {
    it('says which host has the VIP afterwards, and apply names that one', async () => {
      await expectExit(0, ['apply', inventory(priorities[0], nopreempt), '--yes']);
      for (const [index, host] of HOSTS.entries()) await must(lab, host, STATES[states[index] ?? 'is in good order']);
      await new Promise((resolve) => setTimeout(resolve, SETTLED / 2));
      const [before = ''] = await until(holders, ({ length }) => length === 1, SETTLED);
      const next = inventory(priorities[1], nopreempt);
      const plan = await planOf(next);
      const predicted = plan.vip_moves.reduce((at, { to, returns }) => (returns ? at : (to ?? at)), before);
      const said = summaryOf(await expectExit(0, ['apply', next, '--yes', '--json'])).vips.flatMap(
        (vip) => vip.holders,
      );
      const [now = ''] = await holders();
      await new Promise((resolve) => setTimeout(resolve, SETTLED / 2));
      const [late = ''] = await holders();
      expect({ before, predicted, said, now, late }).toEqual({
        before,
        predicted: late,
        said: [late],
        now: late,
        late,
      });
    });
  });
});
