import { connect } from 'node:net';
import ssh2, { type ParsedKey, type SignCallback, type SigningRequestOptions } from 'ssh2';
import { packFields, readFields } from '../basics/fields.ts';

/** What a signature is made with; null leaves it to the key. */
export type SignatureHash = 'sha1' | 'sha256' | 'sha512' | null;

/** A key that can sign; its private half may be elsewhere. */
export interface SigningKey {
  readonly key: ParsedKey;
  readonly blob: Buffer;
  readonly sign: (data: Buffer, hash: SignatureHash) => Promise<Buffer>;
}

const ANSWER_MS = 5000;
/** Bytes of an answer. */
const MOST = 1024 * 1024;
const REQUEST_IDENTITIES = packFields(Buffer.from([11]));
const IDENTITIES_ANSWER = 12;

/**
 * The blobs of all keys that an agent holds, certificates and hardware keys among them. Rejects where the agent does not
 * answer. Source: draft-ietf-sshm-ssh-agent, 3.5.
 */
export async function listIdentities(socket: string): Promise<Buffer[]> {
  const answer = readFields((await askAgent(socket, REQUEST_IDENTITIES)) ?? Buffer.alloc(0));
  if (answer.byte() !== IDENTITIES_ANSWER) throw new Error('it does not list its keys');
  const blobs: Buffer[] = [];
  for (let left = answer.number() ?? 0; left > 0; left--) {
    const [blob, comment] = [answer.field(), answer.field()];
    if (blob === undefined || comment === undefined) break;
    blobs.push(blob);
  }
  return blobs;
}

/** The keys of an agent that ssh2 can log in with; it knows no certificates and no hardware keys. */
export async function listAgentKeys(socket: string): Promise<SigningKey[]> {
  return (await listIdentities(socket)).flatMap((identity) => {
    const key = ssh2.utils.parseKey(identity);
    return key instanceof Error || Array.isArray(key) ? [] : [agentKey(socket, key)];
  });
}

function agentKey(socket: string, key: ParsedKey): SigningKey {
  const sign: SigningKey['sign'] = (data, hash) =>
    new Promise((resolve, reject) => {
      new ssh2.OpenSSHAgent(socket).sign(key, data, hash === null ? {} : { hash }, (error, signature) => {
        if (error) reject(error);
        else if (signature === undefined) reject(new Error('the agent gave no signature'));
        else resolve(Buffer.from(signature));
      });
    });
  return { key, blob: key.getPublicSSH(), sign };
}

/** An agent for ssh2 that holds exactly these keys. */
export function agentOf(keys: readonly SigningKey[]): InstanceType<typeof ssh2.OpenSSHAgent> {
  // Without a socket of its own: ssh2 takes no other kind of object for an agent.
  const agent = new ssh2.OpenSSHAgent('');
  const parsed = keys.map(({ key }) => key);
  agent.getIdentities = (done) => done(undefined, parsed);
  agent.sign = (wanted, data, options?: SigningRequestOptions | SignCallback, done?: SignCallback) => {
    const give = typeof options === 'function' ? options : done;
    const hash = typeof options === 'object' ? (options.hash ?? null) : null;
    // ssh2 asks by the very objects that it was given.
    const signing = keys.find(({ key }) => key === wanted)?.sign(data, hash);
    (signing ?? Promise.reject(new Error('the agent does not hold this key'))).then(
      (signature) => give?.(undefined, signature),
      (error: Error) => give?.(error),
    );
    return true;
  };
  return agent;
}

/** The one message that the agent answers with; undefined where the connection ends before. */
function askAgent(socket: string, request: Buffer): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    let answer = Buffer.alloc(0);
    const connection = connect(socket);
    const end = (settle: () => void): void => {
      clearTimeout(limit);
      connection.destroy();
      settle();
    };
    const limit = setTimeout(() => end(() => reject(new Error(`no answer within ${ANSWER_MS / 1000} s`))), ANSWER_MS);
    connection.on('connect', () => connection.write(request));
    connection.on('data', (bytes: Buffer) => {
      answer = Buffer.concat([answer, bytes]);
      const message = readFields(answer).field();
      if (message !== undefined || answer.length > MOST) end(() => resolve(message));
    });
    connection.on('error', (error) => end(() => reject(error)));
    connection.on('close', () => end(() => resolve(undefined)));
  });
}
