import { access, readFile } from 'node:fs/promises';
import { connect } from 'node:net';

/** What can be seen of the keys on this machine without using any; each file and agent is looked at once. */
export interface LocalKeys {
  exists(file: string): Promise<boolean>;
  /** The type of an identity file's key, by its public half beside it: `sk-ssh-ed25519@openssh.com`. */
  typeOf(file: string): Promise<string | undefined>;
  /** The types of what an agent holds, certificates among them; none where it does not answer. */
  agentTypes(socket: string): Promise<readonly string[]>;
}

const ANSWER_MS = 5000;
const MOST = 1024 * 1024;
const REQUEST_IDENTITIES = Buffer.from([0, 0, 0, 1, 11]);
const IDENTITIES_ANSWER = 12;

/** Looks at the keys of this machine. */
export function createLocalKeys(): LocalKeys {
  return {
    exists: once((file) =>
      access(file).then(
        () => true,
        () => false,
      ),
    ),
    typeOf: once(async (file) => {
      const text = await readFile(file.endsWith('.pub') ? file : `${file}.pub`, 'utf8').catch(() => '');
      const type = text.trim().split(/\s+/)[0];
      return type === '' ? undefined : type;
    }),
    agentTypes: once((socket) => askAgent(socket).then(typesIn)),
  };
}

function once<T>(look: (what: string) => Promise<T>): (what: string) => Promise<T> {
  const seen = new Map<string, Promise<T>>();
  return (what) => {
    const found = seen.get(what) ?? look(what);
    seen.set(what, found);
    return found;
  };
}

/** The agent's answer to a request for its identities; empty where there is none. */
function askAgent(socket: string): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const connection = connect(socket);
    const end = (): void => {
      clearTimeout(limit);
      connection.destroy();
      resolve(Buffer.concat(chunks));
    };
    const limit = setTimeout(end, ANSWER_MS);
    connection.on('connect', () => connection.write(REQUEST_IDENTITIES));
    connection.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      const wanted = length < 4 ? 4 : Buffer.concat(chunks).readUInt32BE(0) + 4;
      if (length >= wanted || length > MOST) end();
    });
    connection.on('error', end);
    connection.on('close', end);
  });
}

/** Source: draft-ietf-sshm-ssh-agent, 3.5. Each identity is a key blob, whose first field is its type, and a comment. */
function typesIn(answer: Buffer): string[] {
  if (answer.length < 9 || answer[4] !== IDENTITIES_ANSWER) return [];
  const types: string[] = [];
  let at = 9;
  const field = (): Buffer | undefined => {
    if (at + 4 > answer.length) return undefined;
    const start = at + 4;
    at = start + answer.readUInt32BE(at);
    return at > answer.length ? undefined : answer.subarray(start, at);
  };
  for (let left = answer.readUInt32BE(5); left > 0; left--) {
    const blob = field();
    if (blob === undefined || field() === undefined || blob.length < 4) break;
    types.push(blob.toString('latin1', 4, 4 + blob.readUInt32BE(0)));
  }
  return types;
}
