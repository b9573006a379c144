import { quote } from '../../transport/quote.ts';
import type { Subject } from '../reader/subject.ts';

/** A systemd unit as `systemctl show` tells it. */
export interface UnitFact {
  /** loaded, not-found, masked, error, bad-setting */
  readonly load: string;
  /** active, inactive, failed, activating, reloading, deactivating */
  readonly active: string;
  /** enabled, disabled, masked, masked-runtime, static …; empty where the unit is not there */
  readonly enabled: string;
  readonly mainPid: number;
  /** Its files changed since systemd read them. */
  readonly needDaemonReload: boolean;
}

/** Services by name, without `.service`. All in one call of systemctl. */
export const unitSubject: Subject<string, UnitFact> = {
  name: 'units',
  script: (names) =>
    `systemctl show -p Id,LoadState,ActiveState,UnitFileState,MainPID,NeedDaemonReload ${names.map((name) => quote(`${name}.service`)).join(' ')}`,
  parse: (output, names) => {
    const blocks = output.trim().split(/\n\n+/).map(parseBlock);
    if (blocks.length !== names.length)
      throw new Error(`systemctl answered for ${blocks.length} units of ${names.length}`);
    return blocks;
  },
};

function parseBlock(block: string): UnitFact {
  const values = new Map(
    block.split('\n').map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)] as const;
    }),
  );
  return {
    load: values.get('LoadState') ?? '',
    active: values.get('ActiveState') ?? '',
    enabled: values.get('UnitFileState') ?? '',
    mainPid: Number(values.get('MainPID') ?? '0'),
    needDaemonReload: values.get('NeedDaemonReload') === 'yes',
  };
}
