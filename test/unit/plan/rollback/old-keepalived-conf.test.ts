import { describe, expect, it } from 'vitest';
import { keptPath, sha256 } from '../../../../src/changes/backup.ts';
import { stageOf, stepsOf } from '../../../../src/changes/steps.ts';
import { contentSubject, fileSubject } from '../../../../src/facts/system/file.ts';
import { keepalivedStep } from '../../../../src/plan/rollback/old-keepalived-conf.ts';
import { planFileBack } from '../../../../src/plan/rollback/take-back-file.ts';
import { HOST_PATHS } from '../../../../src/vrrp/paths.ts';
import { contextWith, known } from '../../tasks/support.ts';

const CONF = HOST_PATHS.keepalivedConf;
const conf = (pass: string, vips: Readonly<Record<string, string>> = { VI_1: '10.0.0.5/24' }): string =>
  `vrrp_script chk { script "/usr/libexec/check --fast"
}
${Object.entries(vips)
  .map(
    ([name, vip], index) => `vrrp_instance ${name} {
  interface eth${index}
  virtual_router_id ${51 + index}
  priority 100
  authentication {
    auth_type PASS
    auth_pass ${pass}
  }
  virtual_ipaddress {
    ${vip}
  }
  notify "/usr/libexec/notify arg"
  notify_master inline-word
}`,
  )
  .join('\n')}
`;
const versionOf = (text: string, mode = '0640') => ({ sha256: sha256(text), mode, owner: 'root', group: 'root' });

describe('a keepalived.conf that comes back', () => {
  const [old, now] = [conf('c4n4ryA1', { VI_1: '10.0.0.5/24' }), conf('c4n4ryB2', { VI_1: '10.0.0.6/24' })];
  const plan = () =>
    planFileBack(
      {
        path: CONF,
        before: versionOf(old),
        after: sha256(now),
        between: [],
        task: 'Configure keepalived',
        notify: ['reload'],
      },
      { type: 'file', ...versionOf(now) },
      contextWith([known(contentSubject, CONF, now), known(contentSubject, keptPath(CONF, sha256(old)), old)]),
    );

  it('is shown without its passwords, and says what peers notice of it', async () => {
    const change = await plan();
    expect(change.diff?.after).toContain('10.0.0.5/24');
    expect(JSON.stringify(change)).not.toContain('c4n4ry');
    expect(change.peerVisible).toMatchObject([
      { instance: 'VI_1', key: 'auth_pass', detail: 'changes' },
      { instance: 'VI_1', key: 'virtual_ipaddress', detail: '+ 10.0.0.5/24' },
      { instance: 'VI_1', key: 'virtual_ipaddress', detail: '- 10.0.0.6/24' },
    ]);
  });

  it('is copied and tested ahead, and put in place in its turn', async () => {
    const change = await plan();
    expect([
      change.phase,
      stageOf(change).map(({ describe }) => describe),
      stepsOf(change).map(({ describe }) => describe),
    ]).toEqual(['activate', [`copy the old ${CONF}`, `test the old ${CONF}`], [`put ${CONF} in place`]]);
    expect(change.upload).toEqual({
      from: { kept: sha256(old) },
      test: { interfaces: ['eth0'], scripts: ['/usr/libexec/check', '/usr/libexec/notify'] },
    });
    expect(change.data).toEqual([{ kind: 'file', target: CONF, before: versionOf(now), after: versionOf(old) }]);
  });

  it('is refused where a VIP would be lost between two instances', () => {
    const [a, b] = [
      conf('p', { VI_1: '10.0.0.5/24', VI_2: '10.0.0.6/24' }),
      conf('p', { VI_1: '10.0.0.6/24', VI_2: '10.0.0.5/24' }),
    ];
    expect(() => keepalivedStep(a, b)).toThrow(/would go back from VI_\d to VI_\d, which takes two reloads/);
    expect(keepalivedStep(a, null).peerVisible).toEqual([]);
  });

  it('goes without a trace of the sample that its package brought', async () => {
    const change = await planFileBack(
      { path: CONF, before: null, after: sha256(now), between: [], task: 't', notify: [] },
      { type: 'file', ...versionOf(now) },
      contextWith([known(contentSubject, CONF, now)]),
    );
    expect([change.action, change.diff?.after]).toEqual(['remove', null]);
  });
});

describe('another file that comes back', () => {
  const path = '/etc/haproxy/haproxy.cfg';
  const plan = (oldMode: string, before: boolean) =>
    planFileBack(
      {
        path,
        before: before ? versionOf('old secret', oldMode) : null,
        after: sha256('new'),
        between: [],
        task: 't',
        notify: [],
      },
      { type: 'file', ...versionOf('new', '0644') },
      contextWith([
        known(contentSubject, path, 'new'),
        known(contentSubject, keptPath(path, before ? sha256('old secret') : 'of-package'), 'old secret'),
        known(fileSubject, keptPath(path, 'of-package'), { type: 'file', ...versionOf('old secret', oldMode) }),
      ]),
    );

  it.each([
    ['0644', { before: 'new', after: 'old secret' }],
    ['0640', { before: '********', after: '********', note: expect.stringContaining('not shown') }],
  ])('with mode %s is shown only where everybody may read it', async (mode, diff) => {
    expect((await plan(mode, true)).diff).toEqual(diff);
  });

  it('is what the package of the same run brought, where it brought one', async () => {
    const change = await plan('0644', false);
    expect([change.action, change.diff?.after, change.detail]).toEqual([
      'update',
      'old secret',
      'mode 0644, root:root',
    ]);
    expect(change.upload).toEqual({ from: { kept: 'of-package' } });
  });
});
