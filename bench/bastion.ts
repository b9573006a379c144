import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { docker } from '../docker/docker.ts';
import { labDown } from '../docker/down.ts';
import { LabError } from '../docker/errors.ts';
import { renderInventory } from '../docker/inventory.ts';
import { LAB_ROOT, labDirectory } from '../docker/paths.ts';
import { run } from '../docker/process.ts';
import type { Report } from '../docker/report.ts';
import { renderSshConfig } from '../docker/ssh-config.ts';
import { containerName, primaryAddress, type Topology } from '../docker/topology.ts';
import { labUp } from '../docker/up.ts';
import { BASTION, bastionTopology } from './bastion-topology.ts';
import { type Contender, haprovCommand } from './contenders.ts';
import { type DelayProxy, startDelayProxy } from './delay-proxy.ts';
import type { Fleet } from './fleet.ts';
import { judgeBastion } from './goals.ts';
import { describeMachine } from './machine.ts';
import { measure } from './measure.ts';
import type { Options } from './options.ts';
import { ansible } from './peers/ansible.ts';
import { renderAnsibleInventory } from './peers/ansible-inventory.ts';
import { installPeers } from './peers/install.ts';
import { runRounds } from './rounds.ts';
import { renderGoals, renderTable } from './table.ts';

const RESULTS = join(LAB_ROOT, 'bench-bastion.json');
/** Ansible is cut off after this. */
const BOUND_S = 360;

/** The benchmark of a fleet behind a bastion on a slow line: lab, one file, apply, rounds, table. */
export async function benchBastion(options: Options, print: (text: string) => void, report: Report): Promise<void> {
  const { place, rttMs, runs } = options;
  const count = Math.max(...options.hosts);
  const topology = bastionTopology(count, place);
  await labUp(topology, { report });
  const bastion = containerName(topology.name, BASTION);
  await docker(['cp', '--follow-link', process.execPath, `${bastion}:/usr/local/bin/node`]);
  const cli = join(labDirectory(topology.name), 'haprov.mjs');
  const made = await run([process.execPath, 'scripts/bundle.mjs', cli]);
  if (made.code !== 0) throw new LabError('haprov does not build', { evidence: made.stderr });

  const near = await startDelayProxy({ host: addressOf(topology, BASTION), port: 22 }, 0);
  const far = await startDelayProxy({ host: addressOf(topology, BASTION), port: 22 }, rttMs);
  try {
    report('haprov apply, without the delay');
    await converge(await fleetBehind(topology, near), cli, near);
    const fleet = await fleetBehind(topology, far);
    const haprov = [through('--jump', cli, far), through('--from', cli, far)];
    const rows = await runRounds({ contenders: haprov, fleet, runs, slowRuns: 0, report });
    print(`\n${rttMs} ms of round trip to the bastion, ${renderTable(count, rows)}`);
    const goals = judgeBastion(rows);
    print(`\n${renderGoals(goals)}`);
    const peer = options.slowRuns === 0 ? undefined : await runAnsible(fleet, report);
    if (peer !== undefined) print(`\n${peer}`);
    const machine = await describeMachine();
    await writeFile(RESULTS, `${JSON.stringify({ machine, rttMs, hosts: count, rows, goals, peer }, null, 2)}\n`);
    report(`results: ${RESULTS}`);
  } finally {
    near.close();
    far.close();
    if (options.down) await labDown(topology.name);
  }
}

function through(option: '--jump' | '--from', cli: string, { port }: DelayProxy): Contender {
  const words = ['--detailed-exitcode', option, `deploy@127.0.0.1:${port}`];
  return {
    name: `haprov plan ${option}`,
    does: 'plans the whole fleet through the bastion',
    slow: false,
    invoke: (fleet) => ({ argv: haprovCommand(['plan', fleet.inventory, ...words], cli) }),
    // A host that is lost, or changes that are left, give another exit code.
    fault: ({ code, stdout, stderr }) => (code === 0 ? undefined : `exit ${code}: ${(stderr || stdout).slice(-400)}`),
  };
}

async function converge(fleet: Fleet, cli: string, { port }: DelayProxy): Promise<void> {
  const words = ['apply', fleet.inventory, '--yes', '--json', '--from', `deploy@127.0.0.1:${port}`];
  for (let attempt = 1; ; attempt += 1) {
    const { code, stdout, stderr } = await run(haprovCommand(words, cli));
    if (code === 0) return;
    const evidence = `${stdout.slice(-2000)}\n${stderr.slice(-2000)}`;
    if (attempt === 3) throw new LabError(`haprov apply ended with exit ${code}`, { evidence });
  }
}

/** One run, converged or not: what counts is how long the same tasks take it over the same line. */
async function runAnsible(fleet: Fleet, report: Report): Promise<string> {
  const [leftOut] = await installPeers(new Set(['ansible, pipelining']), report);
  if (leftOut !== undefined) return `left out: ${leftOut.name}: ${leftOut.why}`;
  const directory = join(import.meta.dirname, 'peers', 'ansible');
  const peer = ansible({ name: 'ansible, pipelining', directory, strategies: undefined });
  const { argv, ...invocation } = peer.invoke(fleet);
  report(`${peer.name}, for ${BOUND_S} s at most`);
  const timed = { ...invocation, argv: ['timeout', String(BOUND_S), ...argv] as const };
  const ran = await measure(timed, join(fleet.scratch, 'time'));
  await peer.after?.(fleet);
  const seconds = (ran.wallMs / 1000).toFixed(0);
  const tasks = ran.stdout.match(/^TASK \[/gm)?.length ?? 0;
  const unreachable = new Set(ran.stdout.match(/^fatal: \[\S+?\]: UNREACHABLE/gm)).size;
  const end = ran.code === 124 ? `cut off after ${seconds} s` : `${seconds} s, exit ${ran.code}`;
  return `${peer.name}: ${end}, at its task ${tasks}; ${unreachable} hosts lost`;
}

function addressOf({ hosts }: Topology, name: string): string {
  const host = hosts[name];
  if (host === undefined) throw new LabError(`the lab has no ${name}`);
  return primaryAddress(host).address;
}

/** The files by which each contender finds the fleet through the proxy. */
async function fleetBehind(topology: Topology, { port }: DelayProxy): Promise<Fleet> {
  const lab = labDirectory(topology.name);
  const directory = join(lab, `through-${port}`);
  const fleet: Fleet = {
    hosts: Object.values(topology.clusters).flatMap(({ hosts }) => hosts),
    inventory: join(directory, 'inventory.yaml'),
    sshConfig: join(directory, 'ssh_config'),
    ansibleInventory: join(directory, 'ansible.json'),
    scripts: '',
    scratch: join(directory, 'scratch'),
  };
  await mkdir(fleet.scratch, { recursive: true });
  const known = await readFile(join(lab, 'known_hosts'), 'utf8');
  const bastion = addressOf(topology, BASTION);
  const lines = known.split('\n').filter((line) => line.split(' ')[0]?.split(',').includes(bastion));
  const proxied = lines.map((line) => `[127.0.0.1]:${port} ${line.split(' ').slice(1).join(' ')}`);
  await writeFile(join(directory, 'known_hosts'), `${known}${proxied.join('\n')}\n`);
  // How the hosts are reached stands on the command line.
  const open = Object.entries(topology.hosts).map(([name, { behind: _behind, ...host }]) => [name, host] as const);
  const inventory = renderInventory({ ...topology, hosts: Object.fromEntries(open) }, lab);
  await writeFile(fleet.inventory, inventory.replaceAll(join(lab, 'known_hosts'), join(directory, 'known_hosts')), {
    mode: 0o600,
  });
  // As somebody does who knows: one connection to the bastion for all hosts.
  const sharing = `  ControlMaster auto\n  ControlPath ${fleet.scratch}/bastion\n  ControlPersist 60`;
  const first = `Host ${BASTION}\n  HostName 127.0.0.1\n  Port ${port}\n  HostKeyAlias ${bastion}\n${sharing}\n\n`;
  await writeFile(fleet.sshConfig, first + renderSshConfig(topology, lab));
  await writeFile(fleet.ansibleInventory, renderAnsibleInventory(topology, fleet.sshConfig));
  return fleet;
}
