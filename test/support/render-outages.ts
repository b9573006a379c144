import type { OutageRecord } from './outage-record.ts';
import { SCENARIOS, type ScenarioName } from './scenarios.ts';

/** docs/outages.md: what the rollout tests measured last. Pure; the same records give the same text. */
export function renderOutages(records: readonly OutageRecord[]): string {
  const names = Object.keys(SCENARIOS).filter((name): name is ScenarioName => name in SCENARIOS);
  const missing = names.filter((name) => !records.some(({ scenario }) => scenario === name));
  return [
    INTRODUCTION,
    `## The last run\n\n${machineOf(records)}\n\n${table(records)}\n\n${reading(records)}`,
    ...(missing.length === 0
      ? []
      : [`Not measured yet: ${missing.map((name) => SCENARIOS[name].what.toLowerCase()).join('; ')}.`]),
    METHOD,
  ].join('\n\n');
}

const INTRODUCTION = `# Outages during an apply

What a client of a virtual IP notices while haprov works on the pair behind it. Made by \`npx tsx scripts/outages.ts\` from
the last run of the tests; edit those, not this.`;

const METHOD = `## How it is measured

- Real hosts of the [lab](../CONTRIBUTING.md#lab-tests-gate): systemd, sshd, nginx, keepalived; pairs with advert_int 1,
  priorities 150 and 100, nopreempt, the shipped check of nginx.
- The client asks the VIP twenty times a second on a fixed schedule, each time over a new connection, and gives up after
  a second, or a second after it got to run again. It runs in a process of its own on the machine that carries the
  hosts. It notes how late it was itself: a request that fails meanwhile is a failure all the same, and is counted apart.
- An outage goes from the start of the last request that was answered at once to the start of the next one that was. An
  answer that took more than a quarter of a second counts as part of an outage, though not as a failed request. An outage
  may be shorter than the time without a holder: the kernel on the way may keep a packet until it knows where to send it.
- Who holds a VIP is what each host's kernel tells of its addresses, with the time of each change. Whether a member is in
  service is whether the main processes of keepalived and nginx run, looked at forty times a second.
- That this sees an outage, two holders and two members down where they are, and none where there are none, is tested
  too: \`test/integration/rollout-harness.test.ts\`.

Predicted for this pair, by keepalived's own timing: a hand-over on purpose takes 0.41 to 0.61 s (the skew of the member
that takes over), the crash of a holder 2.61 to 3.61 s. An apply that has to restart keepalived on both members hands
the VIP over once, since its holder comes last.

\`\`\`sh
npm test -- rollout-                             # all of it
npm run test:full -- rollout-                    # all of it, with 50 kills instead of 4
npx tsx scripts/outages.ts                       # then write this page
\`\`\`
`;

/** Longest times, by the hosts' own word. */
const HOLDERS = ['no holder', 'two holders', 'both down'];

function table(records: readonly OutageRecord[]): string {
  const head = [
    ['what happens', 'what must hold', 'failed requests', 'longest outage', 'all outages'].concat(HOLDERS),
    Array.from({ length: 5 + HOLDERS.length }, () => '---'),
  ];
  const rows = records.map((record) => {
    const { what, holds } = SCENARIOS[record.scenario];
    const { failed, requests, failedWhileLate, slow } = record;
    const asides = [
      ...(slow === 0 ? [] : [`${slow} answered late`]),
      ...(failedWhileLate === 0 ? [] : [`${failedWhileLate} while the client itself was late`]),
    ];
    return [
      record.note === undefined ? what : `${what} (${record.note})`,
      holds,
      `${failed} of ${requests}${asides.length === 0 ? '' : ` (${asides.join(', ')})`}`,
      ...[record.longestMs, record.totalMs, record.noneMs, record.twoMs, record.allDownMs].map(seconds),
    ];
  });
  return [...head, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** "0.65 s"; 0 where there was none. */
function seconds(ms: number): string {
  return ms === 0 ? '0' : `${(ms / 1000).toFixed(2)} s`;
}

function machineOf(records: readonly OutageRecord[]): string {
  const [newest] = records.toSorted((a, b) => b.date.localeCompare(a.date));
  if (newest === undefined) return '';
  const { cores, cpu, memoryGiB, kernel, node } = newest.machine;
  const days = [...new Set(records.map(({ date }) => date.slice(0, 10)))].sort();
  const loads = records.map(({ machine }) => machine.load);
  const versions = [...new Set(records.flatMap(({ keepalived }) => keepalived.split(', ')))].sort();
  return `${days.join(' to ')}, haprov ${newest.haprov}, keepalived ${versions.join(' and ')}, Node ${node}, kernel ${kernel}. One machine with
${cores} cores (${cpu}) and ${memoryGiB} GiB, on which the hosts run as containers beside haprov and the client; load
average ${Math.min(...loads)} to ${Math.max(...loads)}.`;
}

function reading(records: readonly OutageRecord[]): string {
  const blind = Math.max(...records.map(({ blindMs }) => blindMs));
  return `Times are the worst of the watched pairs. "All outages" adds up those of one pair over the whole of it: with kills, over
each killed apply and the one that follows it. "No holder", "two holders" and "both down" are the longest times in which
no host had the VIP, two had it, and no member was in service. The longest time in which the client itself did not get
to run was ${seconds(blind)}.`;
}
