import { createOpensshTransport } from '../../src/transport/openssh/openssh-transport.ts';
import { relayTransports } from '../../src/transport/relay/relay-transport.ts';
import type { Transport } from '../../src/transport/session.ts';
import { createSsh2Transport } from '../../src/transport/ssh2/ssh2-transport.ts';
import { startLocalRelay } from './local-relay.ts';

// A process of its own that uses a transport as its arguments say and must then end by itself.
const [client, hostJson = '{}', home = '/', how = 'run', limitsJson = '{}'] = process.argv.slice(2);
const limits = JSON.parse(limitsJson);
const make: Readonly<Record<string, () => Transport>> = {
  ssh2: () => createSsh2Transport({ homeDirectory: home, limits }),
  openssh: () => createOpensshTransport({ env: process.env, agentSocket: '', limits }),
  relay: relayTransports({ homeDirectory: home, limits, isRelay: () => false, start: () => startLocalRelay() }),
};
const transport = make[client ?? '']?.();
if (transport === undefined) throw new Error(`no client ${client}`);
const outcomes: string[] = [];
try {
  const session = await transport.connect(JSON.parse(hostJson));
  if (how === 'run') outcomes.push(`exit ${(await session.run('exit 3')).code}`);
  if (how === 'abandon') session.run('sleep 60').catch((error: Error) => outcomes.push(error.name));
  if (how === 'timeout') await session.run('sleep 60', { timeoutMs: 300 });
  if (how === 'wait') await session.run('echo started; sleep 60', { onStdout: (text) => process.stdout.write(text) });
} catch (error) {
  outcomes.push(error instanceof Error ? error.name : String(error));
}
transport.close();
process.on('exit', () => process.stdout.write(`${outcomes.join(' ')}\n`));
