import { expect, it } from 'vitest';
import { readRequest } from '../../../../src/operate/drill/remote-client.ts';
import { targetsOf } from '../../../../src/operate/drill/target.ts';

const request = (line: string) => readRequest(line, 't', 100);

it('reads the requests of a client on a host, in its own time', () => {
  expect(request('r 1000000000000 200 0.003215 0')).toEqual({
    target: 't',
    start: 999_900,
    ms: 3,
    error: null,
    lagMs: 0,
  });
  expect(request('r 1000000000000 404 0.003 0')?.error).toBeNull();
  expect(request('r 1000000000000 503 0.003 0')?.error).toBe('HTTP 503');
  expect(request('r 1000000000000 000 1.001 28')).toMatchObject({ ms: 1001, error: 'timeout' });
  expect(request('r 1000000000000 000 0.001 7')?.error).toBe('ECONNREFUSED');
  expect(request('r 1000000000000 000 0.001 99')?.error).toBe('exit status 99');
  expect(request('beat')).toBeUndefined();
});

const listener = (port: number, process = 'nginx') => ({ address: '*', port, processes: [process] });

it('asks for a page first, then whether the port opens; without a service the port alone', () => {
  expect(targetsOf('10.0.0.100', 'nginx', [listener(80)], undefined)).toEqual([
    'http://10.0.0.100/',
    'tcp://10.0.0.100:80',
  ]);
  expect(targetsOf('fd00::64', 'nginx', [listener(443)], undefined)).toEqual([
    'https://[fd00::64]/',
    'tcp://[fd00::64]:443',
  ]);
  expect(targetsOf('10.0.0.100', 'haproxy', [listener(8080, 'haproxy')], '/health')).toEqual([
    'http://10.0.0.100:8080/health',
  ]);
  expect(targetsOf('10.0.0.100', 'none', [listener(22, 'sshd')], undefined)).toEqual(['tcp://10.0.0.100:22']);
  expect(targetsOf('10.0.0.100', 'nginx', [], undefined)).toEqual([]);
});

it('asks a whole URL as it stands', () => {
  expect(targetsOf('10.0.0.100', 'nginx', [], 'https://www.example.com/x')).toEqual(['https://www.example.com/x']);
});
