import { access, readFile, rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Hop, SshSettings } from '../../inventory/model.ts';
import { codeOf, type HopFault, HopFaultError } from '../errors.ts';
import type { Attempt } from '../path/link.ts';
import { asksForNewPassword, expiredFault, timeoutFault } from '../ssh2/faults.ts';
import { masterArguments, SSH } from './arguments.ts';
import type { Askpass } from './askpass.ts';
import { diagnose } from './diagnosis.ts';
import { forwardFailure } from './forward.ts';
import type { HostKeyRules } from './host-keys.ts';
import { checkIdentity, identityFault } from './identity.ts';
import { type OpensshLink, opensshLink } from './link.ts';
import { logOf, type Master, startMaster } from './master-process.ts';
import type { PrivateDirectory } from './private-directory.ts';

/** What masters are opened with. */
export interface MasterTools {
  readonly directory: PrivateDirectory;
  readonly rules: (hop: Hop, ssh: SshSettings, path: string) => Promise<HostKeyRules>;
  /** Sets up answers to ssh's questions where there is a secret to answer with. Rejects with HopFaultError. */
  readonly askpass: (path: string, ssh: SshSettings) => Promise<Askpass | undefined>;
  readonly env: NodeJS.ProcessEnv;
}

/** One attempt to connect: starts a master and waits until it takes commands. Rejects with HopFaultError. */
export async function openMaster(attempt: Attempt<OpensshLink>, tools: MasterTools): Promise<OpensshLink> {
  const { hop, via, signal, keepaliveMs } = attempt;
  const ssh = hop.ssh ?? attempt.ssh;
  const socket = tools.directory.fresh();
  signal.throwIfAborted();
  await checkIdentity(ssh);
  const rules = await tools.rules(hop, ssh, `${socket}.keys`);
  const askpass = await tools.askpass(`${socket}.ask`, ssh);
  try {
    const words = masterArguments({
      hop,
      ssh,
      socket,
      log: logOf(socket),
      via: via?.master.socket,
      hostKeys: rules.options,
      answers: askpass !== undefined,
      keepaliveMs,
    });
    // ssh gives our ProxyCommand to $SHELL, which may be any.
    const shell = via === undefined ? {} : { SHELL: '/bin/sh' };
    const env = { ...tools.env, ...shell, ...askpass?.env };
    const master = startMaster(SSH, words, socket, env, tools.directory.cleaner);
    try {
      await untilReady(master, { ...attempt, ssh }, rules, askpass);
      await rules.record();
    } catch (error) {
      master.end();
      // Like ssh itself: a key that was accepted is known from then on, whatever became of the login.
      await rules.record().catch(() => {});
      throw error;
    }
    return opensshLink(master, via, (keepaliveMs * 4) / 1000);
  } finally {
    await Promise.all([askpass?.end(), rm(`${socket}.keys`, { force: true })]);
  }
}

/** Resolves when the control socket is there. */
async function untilReady(
  master: Master,
  attempt: Attempt<OpensshLink>,
  rules: HostKeyRules,
  askpass: Askpass | undefined,
): Promise<void> {
  const { hop, ssh, signal } = attempt;
  const timeoutMs = ssh.connect_timeout * 1000;
  const start = Date.now();
  for (let limit = timeoutMs; ; ) {
    signal.throwIfAborted();
    if (master.isGone) throw new HopFaultError(await whyGone(master, attempt, rules));
    if (await exists(master.socket)) return;
    if (askpass?.refused.some(asksForNewPassword)) throw new HopFaultError(expiredFault(hop));
    const elapsed = Date.now() - start;
    if (elapsed >= limit) {
      const log = await master.readLog();
      limit = allowance(log, timeoutMs);
      if (elapsed >= limit) throw new HopFaultError(timeoutFault(log.phase, hop, ssh.connect_timeout));
    }
    // The master says nothing when it is ready: its socket is looked for, seldom once it takes long.
    await Promise.race([
      master.gone,
      pause(Math.min(5 + elapsed / 20, 50, Math.max(1, limit - elapsed)), undefined, { signal }),
    ]);
  }
}

/** Each address of a name gets its time, as ssh gives it; where ssh is about to give one up itself, it may do so. */
function allowance(log: { addresses: number; phase: string; proxied: boolean }, timeoutMs: number): number {
  return timeoutMs * Math.max(1, log.addresses) + (log.phase === 'tcp' && !log.proxied ? 1000 : 0);
}

async function whyGone(master: Master, attempt: Attempt<OpensshLink>, rules: HostKeyRules): Promise<HopFault> {
  const { hop, ssh, via } = attempt;
  if (master.spawnError !== undefined) return notStarted(master.spawnError);
  const log = await master.readLog();
  const refused = await rules.refusal(log);
  if (refused !== undefined) return refused;
  if (via !== undefined && log.phase === 'tcp') {
    return forwardFailure(hop, await readFile(logOf(via.master.socket), 'utf8').catch(() => ''), master.stderr);
  }
  const fault = diagnose({ hop, log, stderr: master.stderr, connectTimeout: ssh.connect_timeout });
  return (fault.kind === 'auth' ? await identityFault(ssh, log) : undefined) ?? fault;
}

function notStarted(error: Error): HopFault {
  const missing = codeOf(error) === 'ENOENT';
  return {
    kind: 'protocol',
    message: missing ? 'there is no ssh command on this machine' : `ssh could not be started (${error.message})`,
    retryable: false,
    next: missing ? 'Install the OpenSSH client, or set transport: ssh2.' : 'Check the limits on processes here.',
    cause: error,
  };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
