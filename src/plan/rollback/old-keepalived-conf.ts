import type { StagedTest } from '../../changes/change.ts';
import { parseKeepalivedConf, type Statement } from '../../keepalived/parse.ts';
import { movedVips, type PeerVisible, peerVisibleChanges } from '../../keepalived/visible.ts';
import { TakeBackError } from './errors.ts';

/**
 * How a keepalived.conf of earlier replaces the one of now: the test that it has to pass first, and what peers notice.
 * Throws KeepalivedSyntaxError, and TakeBackError where a VIP would be lost on its way between two instances.
 */
export function keepalivedStep(
  old: string,
  now: string | null,
): { readonly test: StagedTest; readonly peerVisible: readonly PeerVisible[] } {
  const next = parseKeepalivedConf(old);
  const running = now === null ? [] : parseKeepalivedConf(now);
  const lost = movedVips(running, next).find(({ place }) => place.to !== undefined && place.to < place.from);
  if (lost !== undefined) {
    throw new TakeBackError(`${lost.vip} would go back from ${lost.from} to ${lost.to}, which takes two reloads`, {
      action: 'plan rollback',
      next: 'Say so in the inventory instead, and apply that.',
    });
  }
  return {
    test: {
      interfaces: instancesOf(next).flatMap(({ children = [] }) => wordsAfter(children, /^interface$/)),
      scripts: scriptsOf(next),
    },
    peerVisible: now === null ? [] : peerVisibleChanges(running, next),
  };
}

function instancesOf(statements: readonly Statement[]): readonly Statement[] {
  return statements.filter(({ keyword }) => keyword === 'vrrp_instance');
}

/** Absolute paths of what keepalived would run: without one of them it drops a check without a word. */
function scriptsOf(statements: readonly Statement[]): readonly string[] {
  const blocks = statements.filter(({ keyword }) => /^(vrrp_instance|vrrp_sync_group|vrrp_script)$/.test(keyword));
  return blocks
    .flatMap(({ children = [] }) => wordsAfter(children, /^(script|notify|notify_(master|backup|fault|stop|deleted))$/))
    .map((line) => line.split(/\s/, 1).join(''))
    .filter((word) => word.startsWith('/'));
}

function wordsAfter(statements: readonly Statement[], keyword: RegExp): readonly string[] {
  return statements.filter((one) => keyword.test(one.keyword)).flatMap(({ args }) => args.slice(0, 1));
}
