import ssh2, { type ParsedKey } from 'ssh2';

/** A key that the agent holds. */
export interface AgentKey {
  readonly key: ParsedKey;
  readonly blob: Buffer;
}

const ANSWER_MS = 5000;

/** The keys an agent can sign with here; certificates and hardware keys, which ssh2 cannot use, are left out. */
export function listAgentKeys(socket: string): Promise<AgentKey[]> {
  const agent = new ssh2.OpenSSHAgent(socket);
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => reject(new Error(`no answer within ${ANSWER_MS / 1000} s`)), ANSWER_MS);
    agent.getIdentities((error, keys) => {
      clearTimeout(deadline);
      if (error) return reject(error);
      const usable = (keys ?? []).filter((held): held is ParsedKey => 'getPublicSSH' in held);
      resolve(usable.map((key) => ({ key, blob: key.getPublicSSH() })));
    });
  });
}

/** The agent behind `socket`, offering only `keys`, without asking it again which it holds. */
export function agentWith(socket: string, keys: readonly AgentKey[]): InstanceType<typeof ssh2.OpenSSHAgent> {
  const agent = new ssh2.OpenSSHAgent(socket);
  agent.getIdentities = (done) =>
    done(
      undefined,
      keys.map(({ key }) => key),
    );
  return agent;
}
