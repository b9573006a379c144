import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Rig, Stage } from '../../../support/contract/stage.ts';
import type { Case, Group } from './case.ts';
import { GROUPS } from './cases.ts';

/**
 * Plays every case on a rig, those of a group side by side, since most of them wait most of the time. Those that it has
 * no machines for are left out, and their titles say why.
 */
export function contract(rig: Rig, groups: readonly Group[] = GROUPS): void {
  for (const group of groups) describe.concurrent(group.title, () => playGroup(rig, group));
}

function playGroup(rig: Rig, { cases }: Group): void {
  let shared: Stage | undefined;
  let session: Awaited<ReturnType<Stage['open']>>['session'] | undefined;
  beforeAll(async () => {
    if (!cases.some((one) => 'onSession' in one && lackOf(rig, one) === undefined)) return;
    shared = await rig.stage();
    ({ session } = await shared.open());
  });
  afterAll(() => shared?.close());

  for (const one of cases) {
    const why = lackOf(rig, one);
    it.skipIf(why !== undefined)(why === undefined ? one.name : `${one.name} (left out: ${why})`, async () => {
      if ('onSession' in one) {
        if (session === undefined) throw new Error('no session');
        await one.onSession(session);
      } else {
        const stage = await rig.stage();
        try {
          await one.play(stage, one.wish ?? {});
        } finally {
          await stage.close();
        }
      }
    });
  }
}

function lackOf(rig: Rig, one: Case): string | undefined {
  const except = rig.except?.get(one.name);
  if (except !== undefined) return except;
  const wishes = 'onSession' in one ? [{}] : [one.wish ?? {}, ...(one.also ?? [])];
  for (const wish of wishes) {
    const why = rig.lacks(wish);
    if (why !== undefined) return why;
  }
  return rig.playedElsewhere?.(wishes) ? 'played on a real sshd; here too with HAPROV_TESTS=full' : undefined;
}
