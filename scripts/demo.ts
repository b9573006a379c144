import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { demoTopology } from '../docker/demo.ts';
import { LabUnavailable } from '../docker/errors.ts';
import type { Lab } from '../docker/lab-handle.ts';
import { labUp } from '../docker/up.ts';
import { getHolder, watchVip } from './watch-vip.ts';

const CLUSTER = 'web';
const VIP = '10.88.0.100';
const print = (text: string) => process.stdout.write(`${text}\n`);

/** A real apply on real hosts, and the proof that the VIP moves. Ends with 0 only when it did. */
async function demo(): Promise<number> {
  heading('1. The lab: real Debian hosts, one of the RPM family, a jump host and a client');
  const lab = await labUp(demoTopology(), { report: (line) => print(`  ${line}`) });
  const members = ['lb1', 'lb2', 'mix1', 'mix2', 'in1', 'in2'];
  await Promise.all(members.map((host) => lab.reset(host)));
  const inventory = join(lab.dir, 'inventory.yaml');

  heading('2. What apply would do to blank hosts');
  if ((await haprov('plan', inventory)) !== 0) return 1;
  heading('3. Apply');
  if ((await haprov('apply', inventory, '--yes')) !== 0) return 1;
  heading('4. Apply again: nothing to do');
  if ((await haprov('apply', inventory, '--yes')) !== 0) return 1;

  heading("5. The failover: the holder's nginx is stopped while a client asks the VIP ten times a second");
  return failover(lab);
}

async function failover(lab: Lab): Promise<number> {
  const hosts = ['lb1', 'lb2'];
  const holder = await getHolder(lab, hosts, VIP);
  if (holder === undefined) return complain(`nobody holds ${VIP}`);
  print(`${VIP} (cluster ${CLUSTER}) is on ${holder}`);
  const watch = watchVip(lab, 'client', `http://${VIP}/`, print);
  await sleep(2000);
  print(`$ systemctl stop nginx                      (on ${holder})`);
  await lab.exec(holder, 'systemctl stop nginx');
  const deadline = Date.now() + 30_000;
  let now = await getHolder(lab, hosts, VIP);
  while ((now === holder || now === undefined) && Date.now() < deadline) {
    await sleep(200);
    now = await getHolder(lab, hosts, VIP);
  }
  await sleep(2000);
  const seen = await watch.stop();
  await lab.exec(holder, 'systemctl start nginx');
  if (now === holder || now === undefined) return complain(`${VIP} did not move`);
  print(`${VIP} moved from ${holder} to ${now}`);
  print(
    `${seen.answers} of ${seen.requests} requests were answered with HTTP 200; the longest gap was ${(seen.gapMs / 1000).toFixed(1)} s`,
  );
  if (!seen.answersAtEnd) return complain(`${VIP} does not answer on ${now}`);
  print(
    `\nThe lab stays up. Look around:\n  ssh -F ${lab.dir}/ssh_config ${now}\n  node dist/cli.js status ${join(lab.dir, 'inventory.yaml')}\n  npm run lab -- status\n  npm run lab -- down`,
  );
  return 0;
}

function haprov(...args: string[]): Promise<number> {
  print(`$ haprov ${args.join(' ')}`);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['dist/cli.js', ...args], { stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

function heading(text: string): void {
  print(`\n== ${text}\n`);
}

function complain(text: string): number {
  process.stderr.write(`${text}\n`);
  return 1;
}

try {
  process.exitCode = await demo();
} catch (error) {
  if (!(error instanceof LabUnavailable)) throw error;
  process.exitCode = complain(`The demo cannot run here: ${error.message}`);
}
