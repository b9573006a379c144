import { chmodSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  armCall,
  confirmCall,
  prolongCall,
  revertCall,
  type Switch,
  strikeCall,
} from '../../../src/host/auto-revert.ts';
import { callWords, changeLine, type HostCall } from '../../../src/host/client.ts';
import { hostProgram } from '../../../src/host/program.ts';
import { takeCall } from '../../../src/rollout/lease/acquire-lease.ts';
import { releaseCall, renewCall } from '../../../src/rollout/lease/lease.ts';
import { closeRecordStep, recordCall } from '../../../src/rollout/run-record/record-scripts.ts';
import { recordOf } from '../../../src/rollout/run-record/run-record.ts';
import { alice, bob, QUICK } from '../rollout/lease/support.ts';
import { instrument, killEverywhere, type Ordeal, type Ordeals, shellsFor } from './failpoints.ts';
import { type Ended, ScratchRoot, SHELLS } from './support.ts';

const STATE = 'var/lib/haprov';
const SWITCH = `${STATE}/switch`;
const DRILL = 'run/haprov-drill';
const BOOT_UNIT = 'etc/systemd/system/haprov-switch.service';
const THING = 'etc/thing';
const GUARD: Switch = { name: 'drill', token: 'd00d', run: 'drill-d00d' };
/** Everything comes twice: a first half alone is a torn state. */
const LIST = (root: ScratchRoot): string => {
  const thing = root.path(THING);
  const line = (script: string): string => `${changeLine('script', { script })}\n`;
  return `${line(`echo old >${thing}.new; mv ${thing}.new ${thing}`)}${line(`echo undone >>${root.path('undone')}`)}`;
};
const RECORD = recordOf(
  { run: 'r1', who: 'a@ops', why: 'apply', at: '2026-11-22T10:57:25.000Z', cluster: 'web', host: 'lb1' },
  [],
);

/** A host without a service manager: watchers are only seen to begin. */
function fresh(): ScratchRoot {
  const root = new ScratchRoot();
  for (const name of ['iptables', 'ip6tables', 'nft', 'firewall-cmd']) {
    for (const one of [name, `${name}-save`, `${name}-restore`]) root.stub(one, 'exit 1');
  }
  root.stub('sync', '');
  // In a process group of its own, a failpoint would not reach what started it.
  root.stub('timeout', 'while [ "$1" != sh ]; do shift; done; exec "$@"');
  root.stub(
    'systemd-run',
    'for word; do [ "$word" = watch ] && w=$prev; prev=$word; done; echo "$prev" >"$(dirname "$w")/heartbeat"',
  );
  root.write('etc/systemd/system/x', '');
  root.write(THING, 'new\n');
  root.write('etc/iptables/rules.v4', 'rules\n');
  chmodSync(root.path(STATE), 0o700);
  return root;
}

const play = ({ run }: Ordeals, call: HostCall): Ended => run(callWords(call), String(call.content ?? ''));
const ok = (ended: Ended): Ended => {
  expect(ended).toMatchObject({ code: 0 });
  return ended;
};
const take = (who = alice): HostCall => takeCall(who, '', 'any', QUICK);
const arm = (root: ScratchRoot, of: Switch = alice): HostCall => {
  const call = armCall(of, { who: 'a@ops', seconds: 600, list: [] });
  return listed(call, LIST(root));
};
/** The call with another list, and its hash. */
function listed(call: HostCall, list: string): HostCall {
  const again = armCall(alice, { seconds: 600, list: list.trimEnd().split('\n') });
  return { ...call, args: { ...call.args, sum: again.args?.['sum'] }, content: list };
}
const armed = (world: Ordeals): void => {
  ok(play(world, take()));
  ok(play(world, arm(world.root)));
};
const readable = (world: Ordeals, name: string): string | undefined => world.root.read(name);
const thing = ({ root }: Ordeals): string | undefined => root.read(THING)?.trim();
/** Nothing of a switch is left but its records. */
const quiet = ({ root }: Ordeals, directory = SWITCH): void => {
  for (const name of ['armed', 'rolling', 'list', 'watcher', 'deadline', 'firewall', 'now']) {
    expect([name, root.exists(`${directory}/${name}`)]).toEqual([name, false]);
  }
  expect(root.exists(BOOT_UNIT)).toBe(false);
};
/** A lease is whole, or the one before it. */
const leaseIsWhole = (world: Ordeals): void => {
  const lease = readable(world, `${STATE}/lease`);
  if (lease !== undefined) expect(lease).toMatch(/^token=\w+\nrun=(.|\n)*\nbefore=.*\n$/);
};
/** Whoever finds it armed finds all that it takes to go back. */
const armedIsWhole = (world: Ordeals): void => {
  if (!world.root.exists(`${SWITCH}/armed`)) return;
  expect(world.root.read(`${SWITCH}/list`)).toBe(LIST(world.root));
  expect(world.root.read(`${SWITCH}/watcher`)).toContain('watcher_now');
  expect(world.root.exists(`${SWITCH}/firewall/files/etc/iptables/rules.v4`)).toBe(true);
  expect(world.root.read(BOOT_UNIT)).toContain(`${SWITCH}/watcher boot`);
};
const words = (call: HostCall): readonly string[] => callWords(call);
/** The list is the same in each root but for its name, so a call is made for the root that it runs in. */
const NEVER: Ordeal['always'] = () => undefined;

const ORDEALS: readonly Ordeal[] = [
  {
    name: 'taking the lease',
    before: () => undefined,
    words: words(take()),
    always: leaseIsWhole,
    converged: (world, again) => {
      expect(ok(again).stdout).toMatch(/^taken \d 0\n$/);
      expect(world.root.read(`${STATE}/lease`)).toContain(`token=${alice.token}\n`);
      expect(world.root.read(`${STATE}/generation`)).toMatch(/^run-a\./);
    },
  },
  {
    name: 'taking the lease of a host that a dead run left armed',
    before: armed,
    words: words(take(bob)),
    always: (world) => {
      leaseIsWhole(world);
      expect(['old', 'new']).toContain(thing(world));
      if (world.root.read(`${STATE}/lease`)?.includes(bob.token)) expect(thing(world)).toBe('old');
    },
    converged: (world, again) => {
      expect(ok(again).stdout).toMatch(/^taken 1 \d\n$/);
      expect(thing(world)).toBe('old');
      quiet(world);
      expect(world.root.read(`${SWITCH}/put-back`)).toMatch(/\nrun=run-a\n(.|\n)*\nok=1\n/);
    },
  },
  {
    name: 'renewing the lease',
    before: (world) => {
      ok(play(world, take()));
      world.root.write(
        `${STATE}/lease`,
        (world.root.read(`${STATE}/lease`) ?? '').replace(/until=\d+/, 'until=99999999'),
      );
    },
    words: words(renewCall(alice, 60)),
    always: leaseIsWhole,
    converged: (world, again) => {
      ok(again);
      expect(world.root.read(`${STATE}/lease`)).not.toContain('until=99999999');
    },
  },
  {
    name: 'giving the lease back unused',
    before: (world) => {
      ok(play(world, take(bob)));
      ok(play(world, releaseCall(bob, false)));
      ok(play(world, take()));
    },
    words: words(releaseCall(alice, true)),
    always: leaseIsWhole,
    converged: (world, again) => {
      ok(again);
      expect(world.root.exists(`${STATE}/lease`)).toBe(false);
      expect(world.root.read(`${STATE}/generation`)).toMatch(/^run-b\./);
    },
  },
  {
    name: 'confirming',
    before: armed,
    words: words(confirmCall(alice)),
    always: (world) => {
      expect(thing(world)).toBe('new');
      armedIsWhole(world);
      expect(world.root.exists(`${SWITCH}/armed`) !== world.root.exists(`${SWITCH}/confirmed`)).toBe(true);
    },
    converged: (world, again) => {
      expect(ok(again).stdout).toBe('confirmed\n');
      expect(thing(world)).toBe('new');
      quiet(world);
    },
  },
  {
    name: 'reverting',
    before: armed,
    words: words(revertCall(alice, 'a gate failed')),
    always: (world) => {
      if (!world.root.exists(`${SWITCH}/armed`) && !world.root.exists(`${SWITCH}/rolling`))
        expect(thing(world)).toBe('old');
      if (world.root.exists(`${SWITCH}/rolling`)) expect(world.root.read(`${SWITCH}/list`)).toBe(LIST(world.root));
    },
    converged: (world, again) => {
      expect(ok(again).stdout).toMatch(/^put-back\nok=1\n/);
      expect(thing(world)).toBe('old');
      expect(world.root.exists(`${SWITCH}/armed`) || world.root.exists(`${SWITCH}/rolling`)).toBe(false);
      // What a kill on the way out has left goes with the next run.
      ok(play(world, take(bob)));
      quiet(world);
    },
  },
  {
    name: "undoing a drill's fault",
    before: (world) => {
      ok(play(world, arm(world.root, GUARD)));
    },
    words: words(revertCall(GUARD, 'told')),
    always: (world) => {
      if (!world.root.exists(`${DRILL}/armed`) && !world.root.exists(`${DRILL}/rolling`))
        expect(thing(world)).toBe('old');
    },
    converged: (world, again) => {
      expect(ok(again).stdout).toMatch(/^put-back\nok=1\n/);
      expect(thing(world)).toBe('old');
    },
  },
  {
    name: "moving a drill's deadline",
    before: (world) => {
      ok(play(world, arm(world.root, GUARD)));
    },
    words: words(prolongCall(GUARD, 900)),
    always: ({ root }) => {
      if (root.exists(`${DRILL}/deadline`)) expect(root.read(`${DRILL}/deadline`)).toMatch(/^\w+ \d+\n$/);
    },
    converged: (_, again) => {
      expect(again).toMatchObject({ code: 0, stdout: 'prolonged\n' });
    },
  },
  {
    name: 'a fenced script',
    before: (world) => {
      ok(play(world, take()));
    },
    ...fencedWords(`test -n "$HAPROV_ROOT" && mkdir -p "$HAPROV_ROOT/etc/made"`),
    always: leaseIsWhole,
    converged: (world, again) => {
      ok(again);
      expect(world.root.exists('etc/made')).toBe(true);
      expect(world.root.read(`${STATE}/lease`)).toContain(`token=${alice.token}\n`);
    },
  },
  {
    name: 'writing a run record',
    before: () => undefined,
    words: words(recordCall(RECORD)),
    stdin: String(recordCall(RECORD).content),
    always: ({ root }) => {
      const text = root.read(`${STATE}/runs/r1.json`);
      if (text !== undefined) expect(text).toBe(recordCall(RECORD).content);
    },
    converged: ({ root }, again) => {
      ok(again);
      expect(root.read(`${STATE}/runs/r1.json`)).toBe(recordCall(RECORD).content);
    },
  },
  {
    name: 'closing a run record',
    before: (world) => {
      ok(play(world, recordCall(RECORD)));
    },
    words: words(closeRecordStep('r1', 'done').call),
    always: ({ root }) => {
      expect(root.read(`${STATE}/runs/r1.json`)).toMatch(/^\{.*"state":"(open|done)".*\}\n$/);
    },
    converged: ({ root }, again) => {
      ok(again);
      expect(root.read(`${STATE}/runs/r1.json`)).toContain('"state":"done"');
    },
  },
  {
    name: 'a list of changes',
    before: () => undefined,
    words: ['changes'],
    stdin: [1, 2].map((one) => `${changeLine('script', { script: `mkdir -p "$HAPROV_ROOT/etc/${one}"` })}\n`).join(''),
    always: NEVER,
    converged: ({ root }, again) => {
      ok(again);
      expect([1, 2].map((one) => root.exists(`etc/${one}`))).toEqual([true, true]);
    },
  },
];

function fencedWords(script: string): Pick<Ordeal, 'words' | 'stdin'> {
  const stdin = `{ :\n${script}\n\n}`;
  const args = { token: alice.token, run: alice.run, mark: 'm', lease: 60, seconds: 60, wait: 5, bytes: stdin.length };
  return { words: callWords({ verb: 'fenced', args }), stdin };
}

it('a failpoint stands between any two lines, and changes nothing by itself', () => {
  const text = instrument(hostProgram().text);
  expect(text.match(/^failpoint \d+$/gm)?.length).toBeGreaterThan(600);
  for (const shell of SHELLS) {
    const root = fresh();
    expect(root.spawn(shell, ['-n', root.program(instrument)])).toEqual({ code: 0, stdout: '', stderr: '' });
    root.remove();
  }
});

const cases = ORDEALS.flatMap((ordeal, index) =>
  shellsFor(index).map((shell) => [ordeal.name, shell.join(' '), ordeal, shell] as const),
);
it.each(cases)(
  '%s, killed at any line under %s, leaves the host before or after it, and converges',
  async (_n, _s, ordeal, shell) => {
    const { points } = await killEverywhere(ordeal, shell, fresh);
    expect(points).toBeGreaterThan(2);
  },
  1_800_000,
);

it.each(shellsFor(0).map((shell) => [shell.join(' '), shell] as const))(
  'arming, killed at any line under %s, leaves nothing armed or all of it, and the next run clears it away',
  async (_, shell) => {
    // Each root has a list of its own.
    const { points } = await killEverywhere(
      {
        name: 'arming',
        before: (world) => {
          ok(play(world, take()));
        },
        words: (root) => words(arm(root)),
        stdin: LIST,
        always: armedIsWhole,
        converged: (world, again) => {
          // One that is armed is not armed again: the run that was killed is reverted by the next one.
          if (again.code !== 0) expect(again.stderr).toContain('it is armed already');
          armedIsWhole(world);
          expect(world.root.exists(`${SWITCH}/armed`)).toBe(true);
          ok(play(world, take(bob)));
          expect(thing(world)).toBe('old');
          quiet(world);
        },
      },
      shell,
      fresh,
    );
    expect(points).toBeGreaterThan(40);
  },
  1_800_000,
);

it.each(shellsFor(1).map((shell) => [shell.join(' '), shell] as const))(
  "a drill's fault, armed and made, killed at any line under %s, is undone in the end",
  async (_, shell) => {
    const make = '[ ! -e "$HAPROV_ROOT/etc/thing" ] || echo broken >"$HAPROV_ROOT/etc/thing"';
    for (const call of [undefined, strikeCall(GUARD, 600, ':', make)]) {
      await killEverywhere(
        {
          name: call === undefined ? "arming a drill's guard" : 'making a fault',
          before: (world) => {
            if (call !== undefined) ok(play(world, arm(world.root, GUARD)));
          },
          words: (root) => words(call ?? arm(root, GUARD)),
          stdin: (root) => (call === undefined ? LIST(root) : String(call.content)),
          always: NEVER,
          converged: (world, again) => {
            ok(again);
            expect(ok(play(world, revertCall(GUARD, 'told'))).stdout).toMatch(/^put-back\nok=1\n/);
            expect(thing(world)).toBe('old');
          },
        },
        shell,
        fresh,
      );
    }
  },
  1_800_000,
);

it.each(shellsFor(2).map((shell) => [shell.join(' '), shell] as const))(
  'a revert at boot, killed at any line under %s, goes on at the next boot',
  async (_, shell) => {
    await killEverywhere(
      {
        name: 'reverting at boot',
        before: (world) => {
          armed(world);
          const record = world.root.read(`${SWITCH}/armed`) ?? '';
          world.root.write(`${SWITCH}/armed`, record.replace(/^boot=.*$/m, 'boot=earlier'));
        },
        program: `${SWITCH}/watcher`,
        words: ['boot'],
        always: ({ root }) => {
          // What starts it at the next boot stays as long as there is something to revert.
          if (!root.exists(`${SWITCH}/armed`) && !root.exists(`${SWITCH}/rolling`)) return;
          expect(root.exists(BOOT_UNIT) && root.exists(`${SWITCH}/watcher`)).toBe(true);
        },
        converged: (world) => {
          expect(thing(world)).toBe('old');
          ok(play(world, take(bob)));
          quiet(world);
        },
      },
      shell,
      fresh,
    );
  },
  1_800_000,
);
