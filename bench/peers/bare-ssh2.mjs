// The least that ssh2 can do: one connection and one script with sudo a host. No host key is checked, nothing parsed.
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import ssh2 from 'ssh2';

const { user, key, targets } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const privateKey = readFileSync(key);
const CONCURRENCY = 50;

const ask = ({ address, script }) =>
  new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    client.on('error', reject);
    client.on('ready', () => {
      client.exec('sudo -n sh -s', (error, channel) => {
        if (error) return reject(error);
        let bytes = 0;
        channel.on('data', (chunk) => {
          bytes += chunk.length;
        });
        channel.stderr.resume();
        channel.on('close', (code) => {
          client.end();
          if (code === 0 && bytes > 0) resolve(bytes);
          else reject(new Error(`${address}: exit ${code}, ${bytes} bytes`));
        });
        channel.end(script);
      });
    });
    client.connect({ sock: connect({ host: address, port: 22, noDelay: true }), username: user, privateKey });
  });

let answered = 0;
const queue = [...targets];
const work = async () => {
  for (let target = queue.shift(); target !== undefined; target = queue.shift()) {
    await ask(target);
    answered += 1;
  }
};
await Promise.all(Array.from({ length: Math.min(CONCURRENCY, targets.length) }, work));
process.stdout.write(`${answered}\n`);
