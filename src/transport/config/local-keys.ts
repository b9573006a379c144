import { access, readFile } from 'node:fs/promises';
import { readFields } from '../basics/fields.ts';
import { remember } from '../basics/remember.ts';
import { listIdentities } from '../ssh2/agent.ts';

/** What can be seen of the keys on this machine without using any; each file and agent is looked at once. */
export interface LocalKeys {
  exists(file: string): Promise<boolean>;
  /** The type of an identity file's key, by its public half beside it: `sk-ssh-ed25519@openssh.com`. */
  typeOf(file: string): Promise<string | undefined>;
  /** The types of what an agent holds, certificates among them; none where it does not answer. */
  agentTypes(socket: string): Promise<readonly string[]>;
}

/** Looks at the keys of this machine. */
export function createLocalKeys(): LocalKeys {
  return {
    exists: remember((file) =>
      access(file).then(
        () => true,
        () => false,
      ),
    ),
    typeOf: remember(async (file) => {
      const text = await readFile(file.endsWith('.pub') ? file : `${file}.pub`, 'utf8').catch(() => '');
      const type = text.trim().split(/\s+/)[0];
      return type === '' ? undefined : type;
    }),
    agentTypes: remember(async (socket) => {
      const blobs = await listIdentities(socket).catch(() => []);
      return blobs.flatMap((blob) => readFields(blob).field()?.toString('latin1') ?? []);
    }),
  };
}
