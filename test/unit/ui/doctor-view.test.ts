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
  it('has failures last, beside the verdict, each with its cause and its fix, and counts what is ok', () => {
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
    expect(renderDoctor(findings, plain, { hosts: 2 })).toBe(`skip  web/lb2  HD040 selinux   not installed
warn  web/lb2  HD031 clock     4.2 s ahead of lb1
fail  web/lb2  HD022 firewall  protocol 112 from 192.168.1.10 dropped
               Cause:  lb2 hears no adverts: both will hold the VIP
               Fix:    haprov apply prod.yaml --limit web
ok    2 findings (--all lists them)
DOCTOR 2 ok, 1 warn, 1 fail, 1 skip on 2 hosts
Doctor found 1 problem and 1 warning on 1 host.
`);
    const all = renderDoctor(findings, plain, { hosts: 2, all: true });
    expect(all).toContain('ok    web/lb1  HD001 ssh         host key known, connected in 38 ms\n');
    expect(all).toContain('ok    web      HD051 one-master  VI_1 has one master, lb1\n');
  });

  it('says at the end that it found no problem, and what it could not look into', () => {
    const findings = [finding(), finding({ status: 'skip', evidence: 'not installed' })];
    expect(renderDoctor(findings, plain, { hosts: 1 })).toMatch(
      /Doctor found no problems on 1 host; 1 check could not look\.\n$/,
    );
  });

  it('shows a hundred hosts that are down on one screen, and names them all with --verbose', () => {
    const down = Array.from({ length: 100 }, (_, at) =>
      finding({ host: `lb${at}`, status: 'fail', evidence: 'connect: timeout', fix: 'check that it is on' }),
    );
    const text = renderDoctor(down, plain, { hosts: 100 });
    expect(text.split('\n').length).toBeLessThan(12);
    expect(text).toContain('fail  100 hosts  HD001 ssh  connect: timeout\n');
    expect(text).toContain('and 90 more (--verbose names them)');
    expect(text).toMatch(/Doctor found 100 problems on 100 hosts\.\n$/);
    expect(renderDoctor(down, plain, { hosts: 100, verbose: true })).toContain('web/lb99');
  });

  it('wraps a long text between words, under itself', () => {
    const style = createStyle({ colour: false, columns: 80 });
    const why = 'the firewall of the host drops what the other members send to it, and each of them takes the VIP';
    const lines = renderDoctor([finding({ status: 'fail', why })], style, { hosts: 1 }).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines[2]).toMatch(/^ {23}\S/);
  });

  it('names a host once whose id has its cluster in it', () => {
    expect(renderDoctor([finding({ host: 'web/lb1' })], plain, { hosts: 1, all: true })).toContain(
      'ok    web/lb1  HD001',
    );
  });

  it('masks secrets, and shows control characters of hosts instead of obeying them', () => {
    const style = createStyle({ colour: false, redact: (text) => text.replaceAll('hunter22', '********') });
    const text = renderDoctor([finding({ evidence: 'auth_pass hunter22\u001b[2J\nfail' })], style, {
      hosts: 1,
      all: true,
    });
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
