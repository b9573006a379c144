// A client of virtual IPs, in a process of its own, which no test keeps from running. Prints one JSON line a request, and
// ends when its input does.
// usage: vip-client.ts '{ "targets": ["http://10.0.0.100/", "tcp://10.0.0.100:22"], "everyMs": 50, "timeoutMs": 1000 }'
import { startVipClient, type VipClientOptions } from '../../src/operate/vip-client/client.ts';

const wish: Omit<VipClientOptions, 'onRequest'> = JSON.parse(process.argv[2] ?? '');
const client = startVipClient({
  ...wish,
  onRequest: (request) => process.stdout.write(`${JSON.stringify(request)}\n`),
});

process.stdin.on('data', () => undefined);
process.stdin.on('end', async () => {
  await client.stop();
  process.exit(0);
});
