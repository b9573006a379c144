import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { SshSettings } from '../../../../../src/inventory/model.ts';
import { knownHost } from '../../../../support/contract/clients.ts';
import { type ProcessUse, startTransportProcess, type TransportProcess } from '../../../../support/contract/process.ts';
import type { Machine, Stage } from '../../../../support/contract/stage.ts';
import { testHost } from '../../../../support/ssh-host.ts';
import { enough, type Group } from '../case.ts';

function use(
  stage: Stage,
  machine: Machine,
  how: ProcessUse['how'],
  more: Partial<ProcessUse> & { readonly ssh?: Partial<SshSettings> } = {},
): TransportProcess {
  const { ssh, ...others } = more;
  return startTransportProcess(stage, { client: stage.client, host: machine.host(ssh), how, ...others });
}

export const processes: Group = {
  title: 'A process that used a transport ends by itself',
  cases: [
    {
      name: 'after a run, its session never closed',
      play: async (stage) => {
        expect(await use(stage, await stage.machine(), 'run').outcome).toBe('exit 3 (0)');
      },
    },
    {
      name: 'with a run under way when the transport is closed',
      play: async (stage) => {
        expect(await use(stage, await stage.machine(), 'abandon').outcome).toBe('LostConnectionError (0)');
      },
    },
    {
      name: 'after a run that timed out',
      play: async (stage) => {
        expect(await use(stage, await stage.machine(), 'timeout').outcome).toBe('RunTimeoutError (0)');
      },
    },
    {
      name: 'after a handshake that never came to an end',
      play: async (stage) => {
        const mute = createServer();
        await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
        stage.keep({ close: () => mute.close() });
        const address = mute.address();
        const port = typeof address === 'object' && address !== null ? address.port : 0;
        const host = testHost(port, stage.home, { config_file: 'none', connect_timeout: 0.3 });
        const { outcome } = startTransportProcess(stage, { client: stage.client, host, how: 'run' });
        expect(await outcome).toBe('ConnectError (0)');
      },
    },
    {
      name: 'after a host key was refused',
      play: async (stage) => {
        const machine = await stage.machine();
        stage.home.trust('');
        expect(await use(stage, machine, 'run').outcome).toBe('HostKeyError (0)');
      },
    },
    {
      name: 'through a jump host',
      play: async (stage) => {
        const [machine, jump] = [await stage.machine(), await stage.machine()];
        const ssh = { proxy_jump: [jump.hop()] };
        expect(await use(stage, machine, 'run', { ssh }).outcome).toBe('exit 3 (0)');
      },
    },
    {
      name: 'when its peer is cut off in the middle of a run',
      play: async (stage) => {
        const machine = await stage.machine();
        const { started, outcome } = use(stage, machine, 'wait');
        await started;
        machine.front.cut();
        expect(await outcome).toBe('started\nLostConnectionError (0)');
      },
    },
    {
      name: 'when its peer falls silent in the middle of a run',
      play: async (stage) => {
        const machine = await stage.machine();
        const begun = await enough(
          [1000, 6000],
          async (keepaliveMs) => {
            const run = use(stage, machine, 'wait', { limits: { keepaliveMs } });
            return (await run.started) ? run : undefined;
          },
          (run) => run !== undefined,
        );
        machine.front.stall();
        expect(await begun?.outcome).toBe('started\nLostConnectionError (0)');
      },
    },
    {
      name: 'after a name with several addresses, of which the first answers nothing',
      wish: { names: true },
      play: async (stage, wish) => {
        const machine = await stage.machine(wish);
        const hosts = join(stage.home.directory, 'hosts');
        writeFileSync(hosts, '127.0.0.1 localhost\n::1 many-addresses\n127.0.0.1 many-addresses\n');
        const [key] = machine.hostKeys;
        if (key === undefined) throw new Error('no key');
        stage.home.trust(knownHost(machine, 'many-addresses', key));
        const { outcome } = startTransportProcess(stage, {
          client: stage.client,
          host: { ...machine.host(), address: 'many-addresses' },
          how: 'run',
          wrapper: ['unshare', '--mount', 'sh', '-c', `mount --bind ${hosts} /etc/hosts && exec "$@"`, 'sh'],
        });
        expect(await outcome).toBe('exit 3 (0)');
      },
    },
  ],
};
