import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cluster, Host, Inventory } from '../../../../src/inventory/model.ts';
import { type LogEntry, parseEntry } from '../../../../src/operate/logs/entry.ts';
import { readLogs } from '../../../../src/operate/logs/logs.ts';
import { mergeEntries } from '../../../../src/operate/logs/merge.ts';
import { release } from '../../../../src/operate/logs/reorder.ts';
import { followScript, pageScript } from '../../../../src/operate/logs/script.ts';
import { parseSince } from '../../../../src/operate/logs/since.ts';
import { ConnectError, LostConnectionError } from '../../../../src/transport/errors.ts';
import type { RunOptions, RunResult, Session, Transport } from '../../../../src/transport/session.ts';
import { pair } from '../doctor/support.ts';

describe('--since', () => {
  const now = new Date(2026, 10, 22, 12, 0, 0);
  const noon = now.getTime() / 1000;

  it.each([
    ['90s', noon - 90],
    ['10m', noon - 600],
    ['-10m', noon - 600],
    ['1h30m', noon - 5400],
    ['2 hours ago', noon - 7200],
    ['1 day', noon - 86_400],
    ['2w', noon - 1_209_600],
    ['now', noon],
    ['today', noon - 43_200],
    ['yesterday', new Date(2026, 10, 21).getTime() / 1000],
    ['2026-11-20', new Date(2026, 10, 20).getTime() / 1000],
    ['2026-11-20 08:15', new Date(2026, 10, 20, 8, 15).getTime() / 1000],
    ['2026-11-20T08:15:30', new Date(2026, 10, 20, 8, 15, 30).getTime() / 1000],
    ['2026-11-20T08:15:30Z', Date.UTC(2026, 10, 20, 8, 15, 30) / 1000],
    ['2026-11-20T08:15:30+02:00', Date.UTC(2026, 10, 20, 6, 15, 30) / 1000],
    ['@1700000000', 1_700_000_000],
  ])('%s', (text, expected) => {
    expect(parseSince(text, now)).toBe(expected);
  });

  it.each([
    '',
    'soon',
    '10',
    '10x',
    '2026-13-01',
    '2026-02-30',
    '2026-11-20 25:00',
    '@',
    '1h; reboot',
    '$(id)',
    '--version',
  ])('refuses %o', (text) => {
    expect(() => parseSince(text, now)).toThrow('is no time');
  });

  it('of any text is refused, or a whole number of seconds: nothing else reaches a host', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          return Number.isInteger(parseSince(text, now));
        } catch {
          return true;
        }
      }),
    );
  });
});

const line = (fields: Readonly<Record<string, unknown>>) =>
  JSON.stringify({ __REALTIME_TIMESTAMP: '1795347534494290', __CURSOR: 's=1;i=a', ...fields });

describe('a line of the journal', () => {
  it('is told with its unit and its transition', () => {
    const text = line({
      MESSAGE: '(VI_1) Entering MASTER STATE',
      _SYSTEMD_UNIT: 'keepalived.service',
      SYSLOG_IDENTIFIER: 'Keepalived_vrrp',
    });
    expect(parseEntry(text, 'lb1')).toEqual({
      time: 1_795_347_534_494_290,
      host: 'lb1',
      unit: 'keepalived',
      message: '(VI_1) Entering MASTER STATE',
      transition: { instance: 'VI_1', state: 'MASTER' },
      cursor: 's=1;i=a',
    });
  });

  it.each([
    ['VRRP_Instance(VI_1) Entering FAULT STATE', 'FAULT'],
    ['INSTANCE VI_1 STOP priority 100', 'STOP'],
    ['(VI_1) Entering BACKUP STATE (init)', 'BACKUP'],
  ])('knows the transition of "%s"', (message, state) => {
    expect(parseEntry(line({ MESSAGE: message }), 'lb1')?.transition).toEqual({ instance: 'VI_1', state });
  });

  it('of haprov-notify and of systemd about a unit belong there', () => {
    const notify = line({ MESSAGE: 'x', SYSLOG_IDENTIFIER: 'haprov-notify', _SYSTEMD_UNIT: 'keepalived.service' });
    expect(parseEntry(notify, 'lb1')?.unit).toBe('haprov-notify');
    const systemd = line({ MESSAGE: 'Started', UNIT: 'nginx.service', _SYSTEMD_UNIT: 'init.scope' });
    expect(parseEntry(systemd, 'lb1')?.unit).toBe('nginx');
  });

  it('may be bytes, too long, or several values', () => {
    expect(parseEntry(line({ MESSAGE: [104, 105, 27] }), 'lb1')?.message).toBe('hi\u001b');
    expect(parseEntry(line({ MESSAGE: null }), 'lb1')?.message).toBe('(a message too long to print)');
    expect(parseEntry(line({ MESSAGE: ['one', 'two'] }), 'lb1')?.message).toBe('one');
  });

  it.each(['', 'not json', '[]', '{}', '{"__CURSOR":"s=1"}', 'null', '-- No entries --'])('is none: %o', (text) => {
    expect(parseEntry(text, 'lb1')).toBeUndefined();
  });
});

const entry = (time: number, host = 'lb1'): LogEntry => ({
  time,
  host,
  unit: 'keepalived',
  message: `${host} ${time}`,
  cursor: `s=${time}`,
});

async function* stream(entries: readonly LogEntry[]): AsyncGenerator<LogEntry> {
  yield* entries;
}

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const one of source) list.push(one);
  return list;
}

describe('streams of many hosts', () => {
  it('become one in time order, with every line in it', async () => {
    const times = fc.array(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 20 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(times, async (lists) => {
        const hosts = lists.map((list, index) =>
          [...list].sort((a, b) => a - b).map((time) => entry(time, `lb${index}`)),
        );
        const merged = await all(mergeEntries(hosts.map((one) => stream(one))));
        expect(merged.map(({ time }) => time)).toEqual(lists.flat().sort((a, b) => a - b));
        for (const one of hosts) expect(merged.filter(({ host }) => host === one[0]?.host)).toEqual(one);
      }),
    );
  });

  it('are read one line ahead of each, no more', async () => {
    let read = 0;
    async function* endless(host: string): AsyncGenerator<LogEntry> {
      for (let time = 0; ; time += 1) {
        read += 1;
        yield entry(time, host);
      }
    }
    const merged = mergeEntries([endless('lb1'), endless('lb2'), endless('lb3')]);
    for (let count = 0; count < 30; count += 1) await merged.next();
    expect(read).toBeLessThanOrEqual(33);
  });
});

describe('lines that come while they are written', () => {
  const limits = { hold: 500, most: 4 };

  it('wait for older ones of slower hosts, and then come in order', () => {
    const waiting = [
      { entry: entry(30), at: 1000 },
      { entry: entry(20, 'lb2'), at: 1200 },
    ];
    expect(release(waiting, 1400, limits)).toMatchObject({ ready: [], rest: [{ at: 1200 }, { at: 1000 }] });
    expect(release(waiting, 1500, limits).ready.map(({ time }) => time)).toEqual([20, 30]);
  });

  it('never come out of order while they wait, and none is lost', () => {
    const arrivals = fc.array(
      fc.record({ time: fc.integer({ min: 0, max: 99 }), at: fc.integer({ min: 0, max: 2000 }) }),
    );
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 0, max: 3000 }), (list, now) => {
        const { ready, rest } = release(
          list.map(({ time, at }) => ({ entry: entry(time), at })),
          now,
          limits,
        );
        const times = [...ready, ...rest.map((one) => one.entry)].map(({ time }) => time);
        expect(times).toEqual(list.map(({ time }) => time).sort((a, b) => a - b));
        expect(rest.length).toBeLessThanOrEqual(limits.most);
      }),
    );
  });
});

describe('what hosts are asked', () => {
  it('is the journal of keepalived, of the service and of haprov-notify, from a number or a cursor', () => {
    const script = pageScript('haproxy', { since: 1_700_000_000.9 }, 100);
    expect(script).toContain("journalctl --no-pager --quiet '--output=json'");
    expect(script).toContain('--since=@1700000000');
    expect(script).toContain("'_SYSTEMD_UNIT=haproxy.service' + 'UNIT=haproxy.service' +");
    expect(script).toContain('head -n 100');
    expect(pageScript('none', { since: 0 }, 1)).not.toContain('nginx');
    expect(followScript('nginx', { cursor: 's=1;i=a' })).toContain("'--after-cursor=s=1;i=a' --follow --no-tail");
  });

  it('never holds a cursor of another form', () => {
    expect(() => followScript('nginx', { cursor: "s=1'; reboot; '" })).toThrow('a form that is not known');
  });
});

const [d1, d2] = pair().hosts;
const cluster: Cluster = pair();
const inventory: Inventory = { file: 'prod.yaml', directory: '/srv', forks: 10, clusters: [cluster] };

/** A host's journal, as journalctl would page it; `more` comes when it is followed. */
function journalHost(
  host: Host,
  times: readonly number[],
  more: readonly number[] = [],
  fail?: (script: string) => Error | undefined,
) {
  const scripts: string[] = [];
  const text = (list: readonly number[]) =>
    list
      .map(
        (time) =>
          `${JSON.stringify({ __REALTIME_TIMESTAMP: String(time), __CURSOR: `s=${time}`, MESSAGE: `${host.name} ${time}`, UNIT: 'keepalived.service' })}\n`,
      )
      .join('');
  const after = (script: string, list: readonly number[]): readonly number[] => {
    const cursor = Number(/--after-cursor=s=(\d+)/.exec(script)?.[1] ?? '-1');
    return list.filter((time) => time > cursor);
  };
  const run = async (script: string, options: RunOptions = {}): Promise<RunResult> => {
    scripts.push(script);
    const failure = fail?.(script);
    if (failure !== undefined) throw failure;
    const limit = Number(/head -n (\d+)/.exec(script)?.[1] ?? 'NaN');
    if (Number.isNaN(limit)) {
      options.onStdout?.('\u001e');
      const said = text(after(script, [...times, ...more]));
      // In pieces, as a network brings them.
      for (let at = 0; at < said.length; at += 7) options.onStdout?.(said.slice(at, at + 7));
      return new Promise((_, reject) => {
        options.signal?.addEventListener('abort', () => reject(options.signal?.reason));
      });
    }
    return { code: 0, stdout: text(after(script, times).slice(0, limit)), stderr: '' };
  };
  const session: Session = { host, run, close: () => undefined };
  return { session, scripts };
}

function transportOf(sessions: Readonly<Record<string, () => Session>>): Transport {
  return {
    connect: async (host) => {
      const open = sessions[host.name];
      if (open === undefined)
        throw new ConnectError({ kind: 'refused', message: 'connection refused', retryable: true }, host.id, 'target');
      return open();
    },
    close: () => undefined,
  };
}

describe('logs of a cluster', () => {
  if (d1 === undefined || d2 === undefined) throw new Error('the pair has two hosts');
  const base = { inventory, since: 0, onBack: () => undefined };
  const numbers = (count: number, step: number): number[] =>
    Array.from({ length: count }, (_, index) => 1 + index * step);

  it('are read page by page, and merged', async () => {
    const one = journalHost(d1, numbers(2500, 2));
    const two = journalHost(d2, numbers(900, 3));
    const entries = await all(
      readLogs({
        ...base,
        transport: transportOf({ d1: () => one.session, d2: () => two.session }),
        follow: false,
        signal: new AbortController().signal,
        onLost: () => expect.fail('nobody was lost'),
      }),
    );
    expect(entries).toHaveLength(3400);
    expect(entries.map(({ time }) => time)).toEqual([...entries.map(({ time }) => time)].sort((a, b) => a - b));
    expect(one.scripts).toHaveLength(3);
    expect(two.scripts).toHaveLength(1);
  });

  it('of hosts that cannot be reached, or break off, do not keep the others back', async () => {
    const lost = new LostConnectionError('the connection was lost', 'target', true, {});
    const one = journalHost(d1, numbers(1500, 1), [], (script) => (script.includes('after-cursor') ? lost : undefined));
    const told: string[] = [];
    const entries = await all(
      readLogs({
        ...base,
        transport: transportOf({ d1: () => one.session }),
        follow: false,
        signal: new AbortController().signal,
        onLost: (host, error) => told.push(`${host.name} ${error instanceof Error ? error.message : error}`),
      }),
    );
    expect(told).toEqual(['d2 connection refused', 'd1 the connection was lost']);
    expect(entries).toHaveLength(1000);
  });

  it('are followed without a gap or a line twice, also over a lost connection', async () => {
    const stop = new AbortController();
    let fails = 1;
    const lost = new LostConnectionError('the connection was lost', 'target', true, {});
    const one = journalHost(d1, [10, 30], [50, 70]);
    const two = journalHost(d2, [20], [40, 60], (script) =>
      script.includes('--follow') && fails-- > 0 ? lost : undefined,
    );
    const told: string[] = [];
    const entries: LogEntry[] = [];
    for await (const found of readLogs({
      ...base,
      transport: transportOf({ d1: () => one.session, d2: () => two.session }),
      follow: true,
      signal: stop.signal,
      onLost: (host) => told.push(`lost ${host.name}`),
      onBack: (host) => told.push(`back ${host.name}`),
    })) {
      entries.push(found);
      if (entries.length === 7) stop.abort();
    }
    expect(entries.slice(0, 3).map(({ time }) => time)).toEqual([10, 20, 30]);
    expect(entries.map(({ time }) => time).sort((a, b) => a - b)).toEqual([10, 20, 30, 40, 50, 60, 70]);
    expect(told).toEqual(['lost d2', 'back d2']);
  });

  it('end at the signal', async () => {
    const stop = new AbortController();
    const one = journalHost(d1, [10]);
    const entries: LogEntry[] = [];
    for await (const found of readLogs({
      ...base,
      transport: transportOf({ d1: () => one.session }),
      follow: true,
      signal: stop.signal,
      onLost: () => undefined,
    })) {
      entries.push(found);
      setTimeout(() => stop.abort(), 5);
    }
    expect(entries).toHaveLength(1);
  });
});
