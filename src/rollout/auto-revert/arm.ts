import { SERVICE_ROWS } from '../../checks/services.ts';
import { armCall } from '../../host/auto-revert.ts';
import { runVerb } from '../../host/client.ts';
import { wayOut } from '../../host/way-out.ts';
import type { Session } from '../../transport/session.ts';
import type { RunIdentity } from '../lease/identity.ts';
import { SwitchError } from './errors.ts';

const SERVICES = SERVICE_ROWS.map(({ unit }) => `${unit}.service`);

export interface SwitchSettings {
  /** How long the host waits for the confirmation, or for a next script under the fence. */
  readonly seconds: number;
  /**
   * Lines of changes, run as root and in their order, that take back all that will be changed; they may be run again. With
   * HAPROV_BOOT=1 they run at boot, before keepalived: they put files back then, and start and reload nothing.
   */
  readonly list: readonly string[];
  /** The list goes back further than to this moment: the firewall's rules of now are none to return to. */
  readonly further?: boolean;
}

/**
 * Arms the dead man's switch of a host, through a fenced session: keeps the list and the firewall, and starts a watcher
 * that was seen alive when this returns. One round trip. Throws SwitchError where the host cannot guard itself.
 */
export async function arm(
  session: Session,
  identity: RunIdentity,
  { seconds, list, further }: SwitchSettings,
): Promise<void> {
  const call = armCall(identity, {
    who: identity.who,
    seconds,
    list,
    services: SERVICES,
    ...(further ? { further } : {}),
  });
  const { code, stdout, stderr } = await runVerb(session, call);
  const said = stdout.trim().split('\n').at(-1);
  if (code === 0 && said === 'armed') return;
  const lines = stderr.trim().split('\n');
  throw new SwitchError('refused', lines[0] || `exit status ${code}`, {
    host: session.host.id,
    action: "arm the dead man's switch",
    evidence: lines.slice(1).join('\n'),
    next:
      wayOut(stderr, session.host.id) ??
      'Nothing was activated. See to it that systemd-run and flock work on the host, and run again.',
  });
}
