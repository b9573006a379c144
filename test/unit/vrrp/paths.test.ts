import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HOST_PATHS } from '../../../src/vrrp/paths.ts';

const shipped = (file: string): string =>
  readFileSync(new URL(`../../../playbooks/files/${file}`, import.meta.url), 'utf8');

describe('the shipped files and the paths agree', () => {
  it('on the files of the notify script', () => {
    const { notifyLog, slackConfig, notifyUser } = HOST_PATHS;
    expect(shipped('notify.sh')).toContain(`log=${notifyLog}\nslack=${slackConfig}\nuser=${notifyUser}\n`);
  });
});
