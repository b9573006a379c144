import { expect } from 'vitest';
import type { Host, SshSettings } from '../../../../../src/inventory/model.ts';
import { HostKeyError, LostConnectionError } from '../../../../../src/transport/errors.ts';
import { knownHost } from '../../../../support/contract/clients.ts';
import type { Machine, Stage } from '../../../../support/contract/stage.ts';
import { testKey } from '../../../../support/ssh-keys.ts';
import { enough, failureOf, type Group } from '../case.ts';

const OWN = { target: testKey(), inner: testKey(), outer: testKey() };
const behind = (target: Machine, hops: readonly Machine[], ssh: Partial<SshSettings> = {}): Host =>
  target.host({ proxy_jump: hops.map((machine) => machine.hop()), ...ssh });

async function three(stage: Stage): Promise<{ target: Machine; inner: Machine; outer: Machine }> {
  const [target, inner, outer] = await Promise.all(
    [OWN.target, OWN.inner, OWN.outer].map((key) => stage.machine({ hostKeys: [key] })),
  );
  if (target === undefined || inner === undefined || outer === undefined) throw new Error('three machines');
  return { target, inner, outer };
}

export const jumps: Group = {
  title: 'A host behind jump hosts',
  cases: [
    {
      name: 'is reached through two of them, each as its own user, and no command runs on the way',
      play: async (stage) => {
        const { target, inner, outer } = await three(stage);
        const hops = [outer.hop('root'), inner.hop('deploy')];
        const session = await stage.transport().connect(target.host({ proxy_jump: hops }));
        expect(await session.run('echo here; cat; exit 4', { stdin: Buffer.from('in') })).toMatchObject({
          code: 4,
          stdout: 'here\nin',
        });
        for (const [machine, user] of [
          [outer, 'root'],
          [inner, 'deploy'],
        ] as const) {
          expect([...new Set(machine.server?.users ?? [user])]).toEqual([user]);
          expect(machine.server?.commands ?? []).toEqual([]);
        }
        for (const [from, to] of [
          [outer, inner],
          [inner, target],
        ] as const) {
          expect(from.server?.forwards ?? [`127.0.0.1:${to.port}`]).toEqual([`127.0.0.1:${to.port}`]);
        }
      },
    },
    {
      name: 'shares one connection to each jump host with forty others, and none is lost',
      play: async (stage) => {
        const { target, outer } = await three(stage);
        const using = stage.transport();
        const codes = await Promise.all(
          Array.from({ length: 40 }, async (_, n) => {
            const session = await using.connect({ ...behind(target, [outer]), id: `lb${n}` });
            const { code } = await session.run(`exit ${n}`);
            session.close();
            return code;
          }),
        );
        expect(codes).toEqual(Array.from({ length: 40 }, (_, n) => n));
        expect(outer.front.accepted).toBe(1);
        expect(target.server?.most.handshakes ?? 0).toBeLessThanOrEqual(8);
      },
    },
    {
      name: 'may have a jump host that is a target itself',
      play: async (stage) => {
        const { target, outer } = await three(stage);
        const using = stage.transport();
        const sessions = await Promise.all([using.connect(behind(target, [outer])), using.connect(outer.host())]);
        for (const session of sessions) expect((await session.run('true')).code).toBe(0);
      },
    },
    {
      name: 'is reached again after its jump host came back',
      play: async (stage) => {
        const { target, outer } = await three(stage);
        const using = stage.transport();
        const first = await using.connect(behind(target, [outer]));
        const run = failureOf(first.run('sleep 20'));
        outer.front.cut();
        expect(await run).toBeInstanceOf(LostConnectionError);
        const second = await using.connect(behind(target, [outer]));
        expect((await second.run('exit 3')).code).toBe(3);
        expect(outer.front.accepted).toBe(2);
      },
    },
    {
      name: 'is refused where the key of any hop is not the known one, and the error names that hop',
      play: async (stage) => {
        const machines = await three(stage);
        const { target, inner, outer } = machines;
        const names = {
          outer: `jump 1 of 2 deploy@127.0.0.1:${outer.port}`,
          inner: `jump 2 of 2 deploy@127.0.0.1:${inner.port}`,
          target: 'target',
        };
        for (const bad of ['target', 'inner', 'outer'] as const) {
          const lines = (['target', 'inner', 'outer'] as const).map((name) =>
            knownHost(machines[name], '127.0.0.1', name === bad ? testKey() : OWN[name]),
          );
          stage.home.trust(...lines);
          const error = await failureOf(stage.transport().connect(behind(target, [outer, inner])));
          expect(error).toBeInstanceOf(HostKeyError);
          expect(error).toMatchObject({ hop: names[bad], hostKey: { verdict: 'changed' }, facts: { host: 'lb1' } });
        }
      },
    },
    {
      name: 'fails by the name of the jump host that cannot be reached, for every host behind it',
      play: async (stage) => {
        const { target, outer } = await three(stage);
        const gone = outer.hop();
        await outer.close();
        const using = stage.transport();
        const errors = await Promise.all(
          ['lb1', 'lb2'].map((id) => failureOf(using.connect({ ...target.host({ proxy_jump: [gone] }), id }))),
        );
        for (const [index, error] of errors.entries()) {
          expect(error).toMatchObject({
            kind: 'refused',
            retryable: true,
            hop: `jump 1 of 1 deploy@127.0.0.1:${gone.port}`,
            facts: { host: `lb${index + 1}` },
          });
        }
      },
    },
    {
      name: 'fails by its own name where the jump host cannot reach it',
      play: async (stage) => {
        const { target, outer } = await three(stage);
        const host = behind(target, [outer]);
        await target.close();
        expect(await failureOf(stage.transport().connect(host))).toMatchObject({
          kind: 'refused',
          retryable: true,
          hop: 'target',
        });
      },
    },
    {
      name: 'fails by its own name, finally, where the jump host does not forward',
      wish: { sshd: ['AllowTcpForwarding no'] },
      play: async (stage, wish) => {
        const outer = await stage.machine(wish);
        const target = await stage.machine();
        expect(await failureOf(stage.transport().connect(behind(target, [outer])))).toMatchObject({
          kind: 'forward',
          retryable: false,
          hop: 'target',
          facts: { next: expect.stringContaining('AllowTcpForwarding') },
        });
      },
    },
    {
      name: 'fails by the name of the jump host that refuses the login',
      play: async (stage) => {
        const outer = await stage.machine({ authorizedKeys: [] });
        const target = await stage.machine();
        expect(await failureOf(stage.transport().connect(behind(target, [outer])))).toMatchObject({
          kind: 'auth',
          retryable: false,
          hop: `jump 1 of 1 deploy@127.0.0.1:${outer.port}`,
        });
      },
    },
    {
      name: 'loses its connection by the name of the hop which died',
      play: async (stage) => {
        for (const dying of ['inner', 'outer', 'target'] as const) {
          const machines = await three(stage);
          const { target, inner, outer } = machines;
          const session = await stage.transport().connect(behind(target, [outer, inner]));
          const run = session.run('echo go; sleep 20', { onStdout: () => machines[dying].front.cut() });
          const error = await failureOf(run);
          expect(error).toBeInstanceOf(LostConnectionError);
          const hop = { outer: 'jump 1 of 2', inner: 'jump 2 of 2', target: 'target' }[dying];
          expect(error).toMatchObject({ hop: expect.stringContaining(hop), mayHaveRun: true });
        }
      },
    },
    {
      name: 'loses its connection by the name of the jump host that falls silent',
      play: async (stage) => {
        // A busy machine may take a good connection for a silent one before the run has begun.
        const error = await enough(
          [2000, 12_000],
          async (keepaliveMs) => {
            const { target, outer } = await three(stage);
            const connecting = stage.transport({ keepaliveMs }).connect(behind(target, [outer]));
            const stall = (): void => outer.front.stall();
            return failureOf(connecting.then((session) => session.run('echo go; sleep 100', { onStdout: stall })));
          },
          (met) => met instanceof LostConnectionError && met.mayHaveRun,
        );
        expect(error).toMatchObject({
          name: 'LostConnectionError',
          hop: expect.stringContaining('jump 1 of 1'),
        });
      },
    },
  ],
};
