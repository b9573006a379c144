import { docker } from './docker.ts';
import { awaitMachine } from './machine.ts';

/** A host that is off, on, or hung with its connections open. */
export type PowerState = 'off' | 'on' | 'frozen';

/** Brings a host into a power state from any other; on means that it has booted and sshd answers. */
export async function setPower(
  name: string,
  { container, address }: { readonly container: string; readonly address: string },
  state: PowerState,
): Promise<void> {
  const now = await docker(['inspect', '--format', '{{.State.Status}}', container]);
  if (state === 'frozen') {
    if (now !== 'paused') await docker(['pause', container]);
    return;
  }
  if (now === 'paused') await docker(['unpause', container]);
  if (state === 'off') {
    if (now !== 'exited') await docker(['kill', '--signal', 'KILL', container]);
    return;
  }
  if (now === 'exited' || now === 'created') await docker(['start', container]);
  await awaitMachine(name, container, address);
}
