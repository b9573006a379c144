import { statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GuardFact, guardSubject, parseGuard } from '../../../src/facts/state/guard.ts';
import { decodeValue, encodeValue } from '../../../src/host/encode.ts';
import { GuardedHost, SHELLS } from '../rollout/lease/support.ts';
import { NO_GUARD } from './no-guard.ts';

let host: GuardedHost;
beforeEach(() => {
  host = new GuardedHost();
});
afterEach(() => host.remove());

const DUMP = `now=1000
boot=b1
[generation]
r1.aaaa
[lease]
token=t1
run=r1
who=alice%40ops1
why=apply%20prod.yaml
process=m%2Fb%2F7
boot=b1
since=940
until=1030
before=r0
[switch/armed]
token=t1
run=r1
who=alice%40ops1
arm=a1
boot=b1
seconds=60
deadline=1010
`;

const parse = (dump: string): GuardFact => guardSubject.parse(dump, ['guard'])[0] ?? NO_GUARD;

describe('what guards a host', () => {
  it('is nothing where nothing was printed', () => {
    expect(parse('')).toEqual(NO_GUARD);
    expect(parse('\n')).toEqual(NO_GUARD);
  });

  it('is who holds the lease, and until when by the uptime of the host', () => {
    expect(parse(DUMP)).toEqual({
      generation: 'r1.aaaa',
      lease: {
        token: 't1',
        run: 'r1',
        who: 'alice@ops1',
        why: 'apply prod.yaml',
        process: 'm/b/7',
        heldFor: 60,
        left: 30,
      },
      armed: { state: 'armed', run: 'r1', who: 'alice@ops1', left: 10 },
      putBack: null,
    });
  });

  it('has nothing left where the host was started since', () => {
    const { lease, armed } = parse(DUMP.replace('boot=b1', 'boot=b2'));
    expect([lease?.left, armed?.left]).toEqual([0, 0]);
  });

  it('has nothing left of what ran out', () => {
    const { lease, armed } = parse(DUMP.replace('now=1000', 'now=1030'));
    expect([lease?.left, armed?.left]).toEqual([0, 0]);
  });

  it('has a deadline that was moved, if it is that of the same arming', () => {
    expect(parse(`${DUMP}[switch/deadline]\na1 1055\n`).armed?.left).toBe(55);
    expect(parse(`${DUMP}[switch/deadline]\na0 1055\n`).armed?.left).toBe(10);
  });

  it('is rolling once the host has begun to put back, whatever else was read just before', () => {
    expect(parse(`${DUMP}[switch/rolling]\nrun=r1\nwho=alice%40ops1\nboot=b1\n`).armed?.state).toBe('rolling');
  });

  it('tells what the host put back by itself', () => {
    const record = 'run=r0\nwho=bob%40ops2\nat=2026-11-22T11%3A39%3A13Z\nreason=nobody%20did\nok=1\n';
    expect(parse(`${DUMP}[switch/put-back]\n${record}`).putBack).toEqual({
      run: 'r0',
      who: 'bob@ops2',
      at: '2026-11-22T11:39:13Z',
      reason: 'nobody did',
      ok: true,
    });
  });

  it('is not a lease where the record is damaged', () => {
    expect(parse('now=1\n[lease]\n\0\0\0\n').lease).toBeNull();
    expect(parse(DUMP.replace('until=1030', 'until=$(id)')).lease?.left).toBe(0);
  });

  it('is never anything but a fact, whatever a host prints', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof parseGuard(`${DUMP}${text}`).generation === 'string'));
  });
});

const seen = (): unknown[] =>
  host.files().map((name) => {
    const { mtimeMs, ctimeMs } = statSync(join(host.state, name));
    return [name, mtimeMs, ctimeMs];
  });

describe.each(SHELLS)('asked through %s', (...shell) => {
  const ask = async (): Promise<GuardFact> => {
    const { code, stdout, stderr } = await host.run(guardSubject.script(['guard']), undefined, shell);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return parse(stdout);
  };

  it('a host without a state directory has no guard, and gets none', async () => {
    expect(await ask()).toEqual(NO_GUARD);
    expect(host.files()).toEqual([]);
  });

  it('a host tells its records as they are, and is not changed by that', async () => {
    const [now = 0, boot = ''] = await uptime(shell);
    host.write('generation', 'r1.aaaa\n');
    host.write(
      'lease',
      `token=t1\nrun=r1\nwho=al%20ice\nwhy=a%0Ab\nprocess=\nboot=${boot}\nsince=${now}\nuntil=${now + 900}\n`,
    );
    host.write('switch/armed', `token=t1\nrun=r1\nwho=x\narm=a1\nboot=other\nseconds=60\ndeadline=${now + 900}\n`);
    const before = seen();
    const { generation, lease, armed } = await ask();
    expect(generation).toBe('r1.aaaa');
    expect(lease).toMatchObject({ token: 't1', who: 'al ice', why: 'a\nb' });
    expect(lease?.left).toBeGreaterThan(600);
    expect(armed).toEqual({ state: 'armed', run: 'r1', who: 'x', left: 0 });
    expect(seen()).toEqual(before);
  });

  it('a record that holds commands runs none of them', async () => {
    const evil = `$(touch ${host.path('evil')})\n\`touch ${host.path('evil')}\`\n; touch ${host.path('evil')}\n`;
    for (const name of ['lease', 'generation', 'switch/armed', 'switch/deadline', 'switch/put-back']) {
      host.write(name, `token=${evil}until=${evil}a[$(touch ${host.path('evil')})]=1\n${evil}`);
    }
    await ask();
    expect(() => statSync(host.path('evil'))).toThrow();
  });
});

/** Uptime and boot as the host's own scripts see them. */
async function uptime(shell: readonly string[]): Promise<[number, string]> {
  host.write('generation', '');
  const { stdout } = await host.run(guardSubject.script(['guard']), undefined, shell);
  return [Number(/^now=(\d+)$/m.exec(stdout)?.[1]), /^boot=(\S+)$/m.exec(stdout)?.[1] ?? ''];
}

describe('a value of a record', () => {
  it('is a word that no shell and no line can break, and comes back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const value = encodeValue(text);
        expect(value).toMatch(/^[\w.%-]*$/);
        expect(decodeValue(value)).toBe(text);
      }),
    );
  });

  it('that is damaged stands as it is', () => {
    expect(decodeValue('50%')).toBe('50%');
    expect(decodeValue('%ff')).toBe('%ff');
  });
});
