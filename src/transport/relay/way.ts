import type { Hop, Host, SshSettings } from '../../inventory/model.ts';
import { Secret } from '../../inventory/secret.ts';
import type { WireHost, WirePlace } from './messages.ts';

/** A host as a relay connects to it, and what it was told of each sshd on the way, by the settings made for it. */
export interface Way {
  readonly host: Host;
  readonly placeOf: ReadonlyMap<SshSettings, WirePlace>;
}

/** The last place is the host itself. */
export function unpackWay({ become, ...host }: WireHost, places: readonly WirePlace[]): Way {
  const placeOf = new Map<SshSettings, WirePlace>();
  const hops = places.map((place): { hop: Hop; ssh: SshSettings } => {
    const ssh = settingsOf(place);
    placeOf.set(ssh, place);
    const { user, host, port, name } = place;
    return { hop: { user, host, port, ssh, ...(name === undefined ? {} : { name }) }, ssh };
  });
  const target = hops.pop()?.ssh;
  if (target === undefined) throw new Error('a way without a host');
  const ssh = Object.assign(target, { proxy_jump: hops.map(({ hop }) => hop) });
  const asRoot = typeof become === 'boolean' ? become : { password: new Secret({ literal: become.password }) };
  return { host: { ...host, ssh, become: asRoot }, placeOf };
}

/** `sharing` stands where settings that are not told would tell connections apart. */
function settingsOf({ ssh, sharing, login }: WirePlace): SshSettings {
  const password = 'password' in login && login.password !== undefined;
  return {
    ...ssh,
    proxy_jump: [],
    config_file: sharing,
    ...(password ? { password: new Secret({ literal: login.password ?? '' }) } : {}),
  };
}
