import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { packProgram, relayCommand } from '../../../../src/transport/relay/loader.ts';

const program = (code: string): Buffer => packProgram(brotliCompressSync(Buffer.from(code)));
const SHELLS = ['/bin/dash', '/bin/bash', '/bin/sh', '/bin/csh', '/bin/tcsh', '/usr/bin/fish'].filter((shell) =>
  existsSync(shell),
);
const env = (path: string) => ({ PATH: path, HOME: '/' });

it('is one word after the other for every login shell: no quote, backslash, newline or exclamation mark in its words', () => {
  const [, script = '', loader = ''] = /^sh -c '([^']*)' '([^']*)' mark$/.exec(relayCommand('mark')) ?? [];
  for (const word of [script, loader]) expect(word).toMatch(/^[^'\\\n!]+$/);
});

describe.each(SHELLS)('under %s', (shell) => {
  it('runs the program that it reads, with what stands behind it', () => {
    const path = `${process.execPath.replace(/\/[^/]*$/, '')}:/usr/bin:/bin`;
    const input = Buffer.concat([
      program('console.log(haprovMark,haprovRest.toString());process.exit()'),
      Buffer.from('rest'),
    ]);
    const { stdout, stderr } = spawnSync(shell, ['-c', relayCommand('mark')], {
      input,
      env: env(path),
      encoding: 'utf8',
    });
    expect({ stdout, stderr }).toEqual({ stdout: 'mark rest\n', stderr: '' });
  });
});

it('ends when its input ends before the program was whole', () => {
  const input = program('process.stdout.write("ran")').subarray(0, 12);
  const { stdout, status } = spawnSync('/bin/sh', ['-c', relayCommand('mark')], { input, encoding: 'utf8' });
  expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
});

it('reads a program that comes byte by byte', async () => {
  const child = spawn('/bin/sh', ['-c', relayCommand('mark')], { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  for (const byte of program('process.stdout.write("ran");process.exit()')) {
    await new Promise((resolve) => child.stdin.write(Buffer.from([byte]), resolve));
  }
  await new Promise((resolve) => child.on('close', resolve));
  expect(said).toBe('ran');
});
