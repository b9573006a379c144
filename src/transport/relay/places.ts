import type { Hop, Host, SshSettings } from '../../inventory/model.ts';
import { HopFaultError } from '../errors.ts';
import type { HostKeyChecker } from '../host-keys/host-key-check.ts';
import { knownHostName } from '../host-keys/known-hosts.ts';
import { createKnownHostsReader, filesOf } from '../host-keys/known-hosts-file.ts';
import { sharingKey } from '../path/path.ts';
import type { AuthPlanner } from '../ssh2/auth.ts';
import { type Login, prepareLogin } from './logins.ts';
import type { WireHost, WirePlace, WireSettings } from './messages.ts';
import type { AnswerQuestion } from './relay.ts';

/** What relays are told of ways to hosts, and the answers to what they then ask. */
export interface Places {
  /** `hops`: what lies between the relay and the host. */
  describe(host: Host, hops: readonly Hop[]): Promise<{ readonly host: WireHost; readonly way: readonly WirePlace[] }>;
  readonly answer: AnswerQuestion;
}

interface Place {
  readonly hop: Hop;
  readonly ssh: SshSettings;
  readonly login: Login;
}

/** Places with logins by `planner`; `hostKeys` judges and records new host keys. */
export function createPlaces(planner: AuthPlanner, hostKeys: HostKeyChecker): Places {
  const readKnown = createKnownHostsReader();
  const places: Place[] = [];
  const shared = new Map<string, string>();

  const describePlace = async (hop: Hop, ssh: SshSettings): Promise<WirePlace> => {
    const { user, host, port, name } = hop;
    const known = await readKnown(filesOf(ssh));
    const alias = ssh.host_key_alias;
    const names = new Set([
      knownHostName(host, port, alias),
      ...(alias === undefined ? [knownHostName(host, 22)] : []),
    ]);
    const login = await prepareLogin(planner, ssh, user);
    const key = sharingKey(ssh);
    const sharing = shared.get(key) ?? `settings ${shared.size}`;
    shared.set(key, sharing);
    const place = places.push({ hop, ssh, login }) - 1;
    return {
      place,
      user,
      host,
      port,
      ...(name === undefined ? {} : { name }),
      ssh: settingsOf(ssh),
      sharing,
      login: login.wire,
      known: [...names].map((one) => [one, known.of(one)] as const),
    };
  };

  return {
    describe: async (host, hops) => {
      const { id, name, cluster, address, ssh, become } = host;
      const target = { user: ssh.user, host: ssh.hostname ?? address, port: ssh.port, name: address };
      const way = await Promise.all([
        ...hops.map((hop) => describePlace(hop, hop.ssh ?? ssh)),
        describePlace(target, ssh),
      ]);
      const asRoot = typeof become === 'boolean' ? become : { password: become.password.reveal() };
      return { host: { id, name, cluster, address, become: asRoot }, way };
    },
    answer: async (question, part) => {
      const place = places[question.place];
      if (place === undefined) throw new Error('a way that was not told');
      if (question.kind === 'sign') return place.login.sign({ ...question, data: part });
      const { hop, ssh } = place;
      const check = await hostKeys(hop.host, hop.port, ssh);
      if (check.verify(part)) await check.record();
      else if (check.fault !== undefined) throw new HopFaultError(check.fault);
      return Buffer.alloc(0);
    },
  };
}

function settingsOf(ssh: SshSettings): WireSettings {
  const { user, port, known_hosts_file, host_key_checking, connect_timeout } = ssh;
  const { hostname, host_key_alias, address_family, algorithms, origins } = ssh;
  return {
    user,
    port,
    known_hosts_file,
    host_key_checking,
    connect_timeout,
    ...(hostname === undefined ? {} : { hostname }),
    ...(host_key_alias === undefined ? {} : { host_key_alias }),
    ...(address_family === undefined ? {} : { address_family }),
    ...(algorithms === undefined ? {} : { algorithms }),
    ...(origins === undefined ? {} : { origins }),
  };
}
