import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/operate/doctor/finding.ts';
import { doctorJson, renderDoctor } from '../../../src/ui/status/doctor-view.ts';
import { createStyle } from '../../../src/ui/terminal/style.ts';

const finding = (other: Partial<Finding> = {}): Finding => ({
  id: 'HD001',
  name: 'ssh',
  cluster: 'web',
  host: 'lb1',
  status: 'ok',
  evidence: 'host key known, connected in 38 ms',
  why: null,
  fix: null,
  ...other,
});

const plain = createStyle({ colour: false });

describe('the screen of the doctor', () => {
  it('lists failures first, with why and what mends them, and closes with the counts', () => {
    const findings = [
      finding(),
      finding({ host: 'lb2', id: 'HD040', name: 'selinux', status: 'skip', evidence: 'not installed' }),
      finding({ host: 'lb2', id: 'HD031', name: 'clock', status: 'warn', evidence: '4.2 s ahead of lb1' }),
      finding({
        host: 'lb2',
        id: 'HD022',
        name: 'firewall',
        status: 'fail',
        evidence: 'protocol 112 from 192.168.1.10 dropped',
        why: 'lb2 hears no adverts: both will hold the VIP',
        fix: 'haprov apply prod.yaml --limit web',
      }),
      finding({ host: null, id: 'HD051', name: 'one-master', evidence: 'VI_1 has one master, lb1' }),
    ];
    expect(
      renderDoctor(findings, plain, { hosts: 2 }),
    ).toBe(`fail  web/lb2  HD022 firewall    protocol 112 from 192.168.1.10 dropped
               why  lb2 hears no adverts: both will hold the VIP
               fix  haprov apply prod.yaml --limit web
warn  web/lb2  HD031 clock       4.2 s ahead of lb1
skip  web/lb2  HD040 selinux     not installed
ok    web/lb1  HD001 ssh         host key known, connected in 38 ms
ok    web      HD051 one-master  VI_1 has one master, lb1
DOCTOR 2 ok, 1 warn, 1 fail, 1 skip on 2 hosts
`);
  });

  it('counts what is well on a large fleet, unless all is asked for', () => {
    const findings = [...Array.from({ length: 200 }, () => finding()), finding({ status: 'warn', evidence: 'late' })];
    const short = renderDoctor(findings, plain, { hosts: 200 });
    expect(short.split('\n')).toHaveLength(4);
    expect(short).toContain('ok    200 findings (--verbose shows them)');
    expect(short).toContain('warn  web/lb1');
    expect(renderDoctor(findings, plain, { hosts: 200, verbose: true }).split('\n')).toHaveLength(203);
  });

  it('names a host once whose id has its cluster in it', () => {
    expect(renderDoctor([finding({ host: 'web/lb1' })], plain, { hosts: 1 })).toContain('ok    web/lb1  HD001');
  });

  it('masks secrets, and shows control characters of hosts instead of obeying them', () => {
    const style = createStyle({ colour: false, redact: (text) => text.replaceAll('hunter22', '********') });
    const text = renderDoctor([finding({ evidence: 'auth_pass hunter22\u001b[2J\nfail' })], style, { hosts: 1 });
    expect(text).toContain('auth_pass ********\\x1b[2J fail');
  });

  it('has the documented form as JSON', () => {
    expect(doctorJson([finding()])).toEqual({
      format: 1,
      findings: [
        {
          id: 'HD001',
          host: 'lb1',
          cluster: 'web',
          status: 'ok',
          name: 'ssh',
          evidence: 'host key known, connected in 38 ms',
          why: null,
          fix: null,
        },
      ],
    });
  });
});
