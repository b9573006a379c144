import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const shipped = (file: string): string =>
  readFileSync(new URL(`../../../playbooks/files/${file}`, import.meta.url), 'utf8');
const settings = (file: string): Record<string, string> =>
  Object.fromEntries([...shipped(file).matchAll(/^(\w+)=(.*)$/gm)].map(([, key = '', value = '']) => [key, value]));

describe('the drop-ins', () => {
  it.each(['keepalived', 'nginx', 'haproxy'])('let systemd, not a check, start %s again, and not for ever', (unit) => {
    const { Restart, StartLimitBurst, StartLimitIntervalSec } = settings(`${unit}.dropin.conf`);
    expect(['on-failure', 'always']).toContain(Restart);
    expect(Number(StartLimitIntervalSec)).toBeGreaterThan(0);
    // systemd refuses a restart by hand as well once the limit is reached: after it stopped the service.
    expect(Number(StartLimitBurst)).toBeGreaterThanOrEqual(10);
  });

  it('do not weaken the Restart=always of Debian\u2019s own haproxy unit', () => {
    expect(settings('haproxy.dropin.conf').Restart).toBe('always');
  });

  it('let a stop of keepalived not wait for its notify scripts', () => {
    expect(settings('keepalived.dropin.conf').KillMode).toBe('process');
  });
});

describe('the health endpoint of nginx', () => {
  const conf = shipped('nginx-health.conf').replace(/#.*/g, '');

  it('listens on loopback alone, on no port that a site uses', () => {
    const listens = [...conf.matchAll(/listen\s+([^;]+);/g)].map(([, value]) => value);
    expect(listens).toEqual(['127.0.0.1:488']);
  });

  it('answers nothing but its own path', () => {
    expect([...conf.matchAll(/location\s+([^{]+)\{/g)].map(([, value]) => value?.trim())).toEqual([
      '= /haprov-health',
      '/',
    ]);
  });

  it('has nothing that Liquid would take for a value', () => {
    expect(conf).not.toMatch(/\{\{|\{%/);
  });
});

describe('the scripts', () => {
  it.each(['check_nginx.sh', 'check_haproxy.sh', 'notify.sh'])(
    '%s observes: it starts, stops and restarts nothing',
    (file) => {
      const commands = shipped(file).replace(/^\s*#.*$/gm, '');
      expect(commands).not.toMatch(/\b(systemctl|service|nginx -s|kill)\b/);
      expect(commands).not.toMatch(/\brestart\b/);
    },
  );
});
