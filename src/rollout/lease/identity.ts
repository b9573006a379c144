import { randomBytes } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';

/** One run of haprov, as the hosts that it works on know it. */
export interface RunIdentity {
  /** Sorts by the time of its start (UTC): r261122-105725-4f2a. */
  readonly run: string;
  /** 32 hexadecimal digits, by which a host knows that a script comes from this run. */
  readonly token: string;
  /** alice@ops1 */
  readonly who: string;
  /** "apply prod.yaml" */
  readonly why: string;
  /** `MACHINE_ID/BOOT_ID/PID`; the boot id is followed by the process namespace, in which alone the number means anything. */
  readonly process: string;
}

/** The identity of a run that begins now, in this process. */
export async function newIdentity(why: string): Promise<RunIdentity> {
  const [machine, boot, namespace] = await Promise.all([
    line('/etc/machine-id'),
    line('/proc/sys/kernel/random/boot_id'),
    readlink('/proc/self/ns/pid').catch(() => ''),
  ]);
  const time = new Date().toISOString().replace(/[-:]/g, '').replace('T', '-').slice(2, 15);
  return {
    run: `r${time}-${randomBytes(2).toString('hex')}`,
    token: randomBytes(16).toString('hex'),
    who: `${userName()}@${hostname()}`,
    why: why.slice(0, 200),
    process: `${machine}/${boot}${namespace.replace(/\D+/g, '.')}/${process.pid}`.replace(/\.\//, '/'),
  };
}

/**
 * Whether the process that holds a lease has ended, as far as this machine can tell: it was one of this boot of this
 * machine, and its number is free. False wherever that is not certain.
 */
export function isDead(holder: string, self: RunIdentity): boolean {
  const [machine = '', boot = '', pid = ''] = holder.split('/');
  const [ownMachine, ownBoot] = self.process.split('/');
  if (machine === '' || boot === '' || machine !== ownMachine || boot !== ownBoot || !/^[1-9]\d{0,9}$/.test(pid)) {
    return false;
  }
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

async function line(path: string): Promise<string> {
  return readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => '',
  );
}

/** A process may run as a number that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env['USER'] ?? 'unknown';
  }
}
