import type { VrrpPhase } from '../../../../src/facts/keepalived/vrrp-state.ts';
import type { Cluster } from '../../../../src/inventory/model.ts';
import type { ApplyEvent } from '../../../../src/rollout/events.ts';
import type { Clock } from '../../../../src/rollout/gates/clock.ts';
import type { RunResult, Session } from '../../../../src/transport/session.ts';
import { readCluster } from '../../../support/read-inventory.ts';

/** A cluster named web from the YAML of its keys. */
export function clusterOf(yaml: string): Cluster {
  return readCluster(`clusters:\n  web:\n${yaml.replace(/^/gm, '    ')}\n`);
}

export const PAIR = `service: nginx
hosts: { lb1: 192.168.1.10, lb2: 192.168.1.11 }
vrrp_instances:
  VI_1: { virtual_router_id: 51, interface: eth0, priority: { lb1: 150, lb2: 100 }, virtual_ipaddress: [192.168.1.100/24] }`;

/** Whether a script stops keepalived, or starts it. */
export const isStop = (script: string): boolean => script.endsWith(' change unit target=keepalived after=stopped');
export const isStart = (script: string): boolean => script.endsWith(' change unit target=keepalived after=running');

/** A host as the tests arrange it; everything may be changed while a test runs. */
export interface WorldHost {
  /** Its own address, on eth0. */
  address: string;
  vips: string[];
  /** systemd's words. */
  keepalived: string;
  service: string;
  pid: number;
  /** Seconds. */
  age: number;
  states: Record<string, VrrpPhase>;
  priority: number;
  waitsFor: number;
  /** Checks that keepalived takes for failed. */
  bad: string[];
  /** What the check says when it is run; empty where it passes. */
  check: string;
  /** Lines of ss. */
  listens: string[];
  /** What it gets for an answer of an address: "open", "refused why", "silent why", "unable why". */
  answer: (key: string) => string;
  journal: string;
  /** systemctl stop and start. */
  onStop: () => void | Promise<void>;
  onStart: () => void;
  /** What every script ends with, where set. */
  lost: Error | undefined;
  /** The dump of keepalived does not come. */
  mute: boolean;
  /** As BACKUP it accepts an advert each second. */
  hears: boolean;
}

export interface World {
  readonly cluster: Cluster;
  readonly sessions: Map<string, Session>;
  readonly clock: Clock;
  readonly events: ApplyEvent[];
  /** Scripts by host. */
  readonly ran: { readonly host: string; readonly script: string }[];
  host(id: string): WorldHost;
  /** Runs at that time (milliseconds) of the clock. */
  at(ms: number, change: () => void): void;
  emit(event: ApplyEvent): void;
}

/** A cluster in perfect order, the first host MASTER of all, and a clock that only sleeping moves. */
export function createWorld(cluster: Cluster): World {
  const plans: { readonly ms: number; readonly change: () => void }[] = [];
  const ran: World['ran'] = [];
  const events: ApplyEvent[] = [];
  let time = 0;
  const pass = (ms: number): void => {
    time += ms;
    for (const plan of plans.splice(0)) {
      if (plan.ms <= time) plan.change();
      else plans.push(plan);
    }
  };
  const hosts = new Map(
    cluster.hosts.map(({ id, address }, index) => [id, orderly(cluster, address, index === 0)] as const),
  );
  const sessions = new Map(
    cluster.hosts.map((host) => {
      const run: Session['run'] = async (script, options) => {
        ran.push({ host: host.id, script });
        await new Promise((resolve) => setImmediate(resolve));
        options?.signal?.throwIfAborted();
        const one = hosts.get(host.id);
        if (one === undefined) throw new Error('no such host');
        if (one.lost !== undefined) throw one.lost;
        const done = runOn(one, cluster, script, pass, time);
        if (isStop(script)) await one.onStop();
        return done;
      };
      return [host.id, { host, run, close: () => undefined }] as const;
    }),
  );
  return {
    cluster,
    sessions,
    events,
    ran,
    clock: {
      now: () => time,
      sleep: async (ms, signal) => {
        signal.throwIfAborted();
        await new Promise((resolve) => setImmediate(resolve));
        pass(ms);
      },
    },
    host: (id) => {
      const one = hosts.get(id);
      if (one === undefined) throw new Error(`no host ${id}`);
      return one;
    },
    at: (ms, change) => plans.push({ ms, change }),
    emit: (event) => events.push(event),
  };
}

function orderly(cluster: Cluster, address: string, master: boolean): WorldHost {
  const vips = cluster.vrrp_instances.flatMap((instance) => instance.virtual_ipaddress.map(({ address }) => address));
  const state: VrrpPhase = master ? 'MASTER' : 'BACKUP';
  return {
    address,
    vips: master ? vips : [],
    keepalived: 'active',
    service: 'active',
    pid: 100,
    age: 60,
    states: Object.fromEntries(cluster.vrrp_instances.map(({ name }) => [name, state])),
    priority: master ? 150 : 100,
    waitsFor: 0,
    bad: [],
    check: '',
    listens: [`LISTEN 0 511 *:80 *:* users:(("${cluster.service}",pid=7,fd=5))`],
    answer: () => 'open',
    journal: 'Nov 22 11:00 keepalived: a line of the journal',
    onStop: () => undefined,
    onStart: () => undefined,
    lost: undefined,
    mute: false,
    hears: true,
  };
}

function runOn(host: WorldHost, cluster: Cluster, script: string, pass: (ms: number) => void, time: number): RunResult {
  const end = (code: number, stdout = '', stderr = ''): RunResult => ({ code, stdout, stderr });
  const mark = /^echo; echo (haprov-\w+) 0\n/.exec(script)?.[1];
  if (mark !== undefined) return end(0, answerRound(host, cluster, script, mark, time));
  if (script.startsWith('journalctl')) return end(0, host.journal);
  if (script.includes('until out=$(timeout')) {
    if (host.check === '') return end(0);
    // It is tried for some seconds.
    pass(5500);
    return end(1, '', `${host.check}\n`);
  }
  if (isStop(script)) {
    host.keepalived = 'inactive';
    return end(0);
  }
  if (isStart(script)) {
    host.keepalived = 'active';
    host.onStart();
    return end(0);
  }
  throw new Error(`nobody expected the script ${script}`);
}

/** What the reader's one script prints: each question's answer between its marks. */
function answerRound(host: WorldHost, cluster: Cluster, script: string, mark: string, time: number): string {
  const questions = script.split(new RegExp(`(?:^|\\n)echo; echo ${mark} \\d+\\n`)).slice(1);
  return questions
    .map((question, index) => {
      const { text, code } = answerQuestion(host, cluster, question, time);
      return `\n${mark} ${index}\n${text}\n${mark} ${index} ${code}\n`;
    })
    .join('');
}

function answerQuestion(
  host: WorldHost,
  cluster: Cluster,
  question: string,
  time: number,
): { text: string; code: number } {
  const ok = (text: string) => ({ text: `${text}\n`, code: 0 });
  if (question.includes('ip -o addr show')) {
    return ok(
      [host.address, ...host.vips]
        .map((vip) => `2: eth0    inet${vip.includes(':') ? 6 : ''} ${vip}/24 scope global eth0`)
        .join('\n'),
    );
  }
  if (question.includes('systemctl show -p Id,')) {
    const unit = (active: string, load = 'loaded') =>
      `Id=x.service\nLoadState=${load}\nActiveState=${active}\nUnitFileState=enabled\nMainPID=${host.pid}\nNeedDaemonReload=no`;
    const service = host.service === 'not-found' ? unit('inactive', 'not-found') : unit(host.service);
    return ok([unit(host.keepalived), ...(cluster.service === 'none' ? [] : [service])].join('\n\n'));
  }
  if (question.includes('kill -s USR1')) return host.mute ? { text: '', code: 1 } : ok(dumpOf(host, cluster, time));
  if (question.includes('ss -Hltnp')) return ok(host.listens.join('\n'));
  if (question.includes('tcp() {')) {
    const asked = [...question.matchAll(/^(tcp|url) (\d+) (\S+) (\S+) &$/gm)];
    return ok(asked.map(([, kind, index, ...rest]) => `${index} ${host.answer([kind, ...rest].join(' '))}`).join('\n'));
  }
  throw new Error(`nobody expected the question ${question}`);
}

function dumpOf(host: WorldHost, cluster: Cluster, time: number): string {
  if (!['active', 'activating'].includes(host.keepalived)) return 'none';
  // The last advert came at a full second.
  const last = host.hears ? Math.floor(time / 1000) : 0;
  const heard = `   Master router = 192.168.1.9\n   Master priority = 150\n   Read timeout = ${1000 + last + 3.609}00 (Thu Jan  1 00:16:43)\n`;
  const instances = Object.entries(host.states).map(
    ([name, state]) =>
      ` VRRP Instance = ${name}\n   State = ${state}\n${state === 'BACKUP' ? heard : ''}   Number of track scripts init = ${host.waitsFor}\n   Effective priority = ${host.priority}`,
  );
  const names = new Set(cluster.vrrp_instances.flatMap((one) => one.track_script.map(({ name }) => name)));
  const checks = [...names].map(
    (name) => ` VRRP Script = ${name}\n   Status = ${host.bad.includes(name) ? 'BAD' : 'GOOD'}`,
  );
  return [`pid ${host.pid} age ${host.age * 100} now ${1000 + time / 1000}`, ...instances, ...checks].join('\n');
}
