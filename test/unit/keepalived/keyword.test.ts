import { expect, it, vi } from 'vitest';
import type { Keyword } from '../../../src/keepalived/keyword.ts';
import { whole } from '../../../src/keepalived/kinds/plain.ts';

/** A keyword that keepalived does not have: one row, and nothing else. */
const MADE_UP: Keyword = {
  kind: whole(1, 99),
  doc: 'How much is made up. Default {default}',
  default: 7,
  perHost: 'some',
  peers: 'notice',
  dump: { title: 'Made up', as: 'madeUp' },
};

vi.mock('../../../src/keepalived/table/vrrp-instance.ts', async (original) => {
  const { VRRP_INSTANCE } = await original<typeof import('../../../src/keepalived/table/vrrp-instance.ts')>();
  return { VRRP_INSTANCE: { ...VRRP_INSTANCE, made_up: MADE_UP } };
});

const { runningVrrpSubject } = await import('../../../src/facts/keepalived/running-vrrp.ts');
const { formatProblem } = await import('../../../src/inventory/read.ts');
const { inventoryJsonSchema } = await import('../../../src/inventory/schema/inventory.ts');
const { keywordTable } = await import('../../../src/keepalived/docs.ts');
const { parseKeepalivedConf } = await import('../../../src/keepalived/parse.ts');
const { readBlock } = await import('../../../src/keepalived/read.ts');
const { renderKeepalivedConf } = await import('../../../src/keepalived/render.ts');
const { VRRP_INSTANCE } = await import('../../../src/keepalived/table/vrrp-instance.ts');
const { peerVisibleChanges } = await import('../../../src/keepalived/visible.ts');
const { judgeLoaded } = await import('../../../src/operate/doctor/checks/loaded.ts');
const { keepalivedConfigOf } = await import('../../../src/tasks/keepalived-config.ts');
const { good, read, withInstance } = await import('../inventory/support.ts');

function configOf(extra: string) {
  const [cluster] = good(withInstance(extra)).clusters;
  const [host] = cluster?.hosts ?? [];
  if (cluster === undefined || host === undefined) throw new Error('a cluster with a host');
  return { host, config: keepalivedConfigOf(cluster, host) };
}

const textOf = (extra: string): string => renderKeepalivedConf(configOf(extra).config);

it('a keyword of one row is a key of the inventory, with its range and its values per host', () => {
  expect(JSON.stringify(inventoryJsonSchema())).toContain('How much is made up. Default 7');
  expect(read(withInstance('made_up: 100')).problems.map(formatProblem)).toEqual([
    expect.stringContaining('made_up must be a whole number from 1 to 99, not 100'),
  ]);
  expect(read(withInstance('made_up: { lb3: 5 }')).problems.map(formatProblem)).toEqual([
    expect.stringContaining("made_up names 'lb3', which is no host of web"),
  ]);
});

it('is written for each host, with its default where nothing is said', () => {
  expect(textOf('made_up: { lb1: 5 }')).toContain('\n    made_up 5\n');
  expect(textOf('{}')).toContain('\n    made_up 7\n');
});

it('is read from a file', () => {
  const [body = []] = parseKeepalivedConf(textOf('made_up: 5')).flatMap(({ keyword, children = [] }) =>
    keyword === 'vrrp_instance' ? [children] : [],
  );
  expect(readBlock(VRRP_INSTANCE, body)).toMatchObject({ made_up: 5 });
});

it('is compared with what peers run', () => {
  const { config } = configOf('made_up: 6');
  expect(peerVisibleChanges(parseKeepalivedConf(textOf('made_up: 5')), config)).toEqual([
    { instance: 'VI_1', key: 'made_up', detail: '5 -> 6' },
  ]);
});

it('is compared with what keepalived runs, by the doctor', () => {
  const { host } = configOf('{}');
  const text = textOf('made_up: 5');
  const dump = (value: number): string => `pid 7 age 100 now 9
------< VRRP Topology >------
 VRRP Instance = VI_1
   State = MASTER
   Interface = eth0
   Virtual Router ID = 51
   Priority = 100
   Advert interval = 1 sec
   Made up = ${value}
   Virtual IP (1):
     192.168.1.100/24 dev eth0 scope global set
`;
  const judge = (value: number) => {
    const [running = null] = runningVrrpSubject.parse(dump(value), ['salt']);
    return judgeLoaded({ host, facts: { running, text, salt: 'salt' } });
  };
  expect(runningVrrpSubject.script(['salt'])).toContain('Made up');
  expect(judge(5)).toMatchObject([{ status: 'ok' }]);
  expect(judge(6)).toMatchObject([{ status: 'warn', evidence: expect.stringContaining('VI_1 made_up 6, not 5') }]);
});

it('is documented', () => {
  expect(keywordTable(VRRP_INSTANCE)).toContain('| `made_up` * | 7 | How much is made up | 1 to 99 |');
});
