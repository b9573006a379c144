import { join } from 'node:path';
import type { SshSettings } from '../../inventory/model.ts';
import { ALGORITHM_KEYWORDS } from './algorithms.ts';
import { type Answer, isNone, isYes, saidBy } from './answer.ts';
import type { LocalKeys } from './local-keys.ts';
import type { LocalUser } from './tokens.ts';

/** What a connection needs that ssh2 cannot do; see SshConfigSettings. */
export interface Needs {
  readonly needs: readonly string[];
  readonly may_need: readonly string[];
}

/** What is known of a connection whose needs are looked for. */
export interface NeedSources {
  /** Merged. */
  readonly ssh: SshSettings;
  readonly unclear: readonly string[];
  /** A line of known_hosts by which an authority vouches for this host, and no key of its own is known. */
  readonly authority: { readonly file: string; readonly line: number } | undefined;
  readonly answer: Answer | undefined;
  readonly defaults: Answer | undefined;
  readonly who: LocalUser;
  readonly keys: LocalKeys;
}

/** Private keys that both clients try where nobody names any. */
const USUAL = ['id_ed25519', 'id_ecdsa', 'id_rsa'];
const USUAL_HARDWARE = ['id_ed25519_sk', 'id_ecdsa_sk'];

/** Looks for what only OpenSSH's own client can do. */
export async function findNeeds(sources: NeedSources): Promise<Needs> {
  const [identities, agent, ticket] = await Promise.all([
    identityNeeds(sources),
    agentNeeds(sources),
    hasTicket(sources),
  ]);
  return {
    needs: [...pathNeeds(sources), ...configNeeds(sources), ...identities.needs, ...agent.needs],
    may_need: [...identities.may_need, ...agent.may_need, ...(ticket ? ['there is a Kerberos ticket'] : [])],
  };
}

/** Whether GSSAPI is on, and there is a ticket that it could show. Without one, every refused login would be tried twice. */
async function hasTicket({ answer, who, keys }: NeedSources): Promise<boolean> {
  if (!isYes(answer?.get('gssapiauthentication')?.[0])) return false;
  return (who.env['KRB5CCNAME'] ?? '') !== '' || keys.exists(`/tmp/krb5cc_${who.uid}`);
}

function pathNeeds({ ssh, unclear, authority }: NeedSources): string[] {
  const empty = (Object.keys(ALGORITHM_KEYWORDS) as (keyof typeof ALGORITHM_KEYWORDS)[]).filter(
    (kind) => ssh.algorithms?.[kind]?.length === 0,
  );
  return [
    ...(ssh.proxy_command === undefined ? [] : [`it is reached by a ProxyCommand (${ssh.proxy_command})`]),
    ...(authority === undefined
      ? []
      : [`its host key is vouched for by a certificate authority (${authority.file}:${authority.line})`]),
    ...empty.map((kind) => `ssh_config allows no ${NAMES[kind]} that the built-in client has`),
    ...unclear.map((path) => `only ssh can tell which file ${path} is`),
  ];
}

const NAMES = { kex: 'key exchange', cipher: 'cipher', mac: 'MAC', host_key: 'host key algorithm' } as const;

/** Keywords whose presence alone is a need, and what to say of them. */
const KEYWORDS: Readonly<Record<string, string>> = {
  pkcs11provider: 'its keys are on a PKCS #11 token',
  revokedhostkeys: 'ssh_config lists revoked host keys in a file (RevokedHostKeys)',
  knownhostscommand: 'a command gives its host keys (KnownHostsCommand)',
  bindaddress: 'ssh_config binds it to a local address (BindAddress)',
  bindinterface: 'ssh_config binds it to an interface (BindInterface)',
};

function configNeeds({ answer, defaults }: NeedSources): string[] {
  if (answer === undefined || defaults === undefined) return [];
  const said = (keyword: string): string | undefined => saidBy(answer, defaults, keyword)?.[0];
  const present = Object.entries(KEYWORDS).filter(([keyword]) => !isNone(said(keyword) ?? ''));
  const dns = isYes(said('verifyhostkeydns'));
  return [
    ...present.map(([, why]) => why),
    ...(dns ? ['the DNS may vouch for its host key (VerifyHostKeyDNS)'] : []),
    ...(onlyForeignLogins(answer) ? ['only GSSAPI or the machine itself logs in there'] : []),
  ];
}

/** Whether none of the ways to log in that ssh2 has is left. */
function onlyForeignLogins(answer: Answer): boolean {
  const isOff = (keyword: string): boolean => ['no', 'false'].includes(answer.get(keyword)?.[0] ?? '');
  const ours = [
    ['publickey', 'pubkeyauthentication'],
    ['password', 'passwordauthentication'],
    ['keyboard-interactive', 'kbdinteractiveauthentication'],
  ] as const;
  const preferred = answer.get('preferredauthentications')?.[0]?.split(',');
  return ours.every(([method, keyword]) => isOff(keyword) || preferred?.includes(method) === false);
}

async function identityNeeds({ ssh, who, keys }: NeedSources): Promise<Needs> {
  const usual = (names: readonly string[]): string[] => names.map((name) => join(who.homeDirectory, '.ssh', name));
  const named = ssh.identity_file === undefined ? ssh.identity_files : [ssh.identity_file];
  const files = named ?? usual(USUAL);
  const certificates = [...(ssh.certificate_files ?? []), ...files.map((file) => `${file}-cert.pub`)];
  const presented = await filter(certificates, keys.exists);
  const types = await Promise.all((named ?? [...files, ...usual(USUAL_HARDWARE)]).map((file) => keys.typeOf(file)));
  const found = types.filter((type) => type !== undefined);
  const hardware = found.filter(isHardware);
  const only = hardware.length > 0 && hardware.length === found.length;
  return {
    needs: [
      ...presented.map((file) => `it presents a user certificate (${file})`),
      ...(only ? ['its only key is a hardware key (FIDO)'] : []),
    ],
    may_need: hardware.length > 0 && !only ? ['one of its keys is a hardware key (FIDO)'] : [],
  };
}

async function agentNeeds({ ssh, who, keys }: NeedSources): Promise<Needs> {
  // An identity file of the inventory is the only key that is tried, and IdentitiesOnly leaves the rest aside too.
  const socket = ssh.identity_agent ?? who.env['SSH_AUTH_SOCK'] ?? '';
  if (ssh.identity_file !== undefined || ssh.identities_only === true || socket === '')
    return { needs: [], may_need: [] };
  const held = await keys.agentTypes(socket);
  const certificate = held.some((type) => type.includes('-cert-v'));
  return {
    needs: certificate ? ['the agent holds a user certificate'] : [],
    may_need: held.some((type) => isHardware(type)) ? ['the agent holds a hardware key (FIDO)'] : [],
  };
}

function isHardware(type: string): boolean {
  return type.startsWith('sk-');
}

async function filter(files: readonly string[], test: (file: string) => Promise<boolean>): Promise<string[]> {
  const kept = await Promise.all(files.map(test));
  return [...new Set(files.filter((_, index) => kept[index] === true))];
}
