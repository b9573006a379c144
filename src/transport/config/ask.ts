import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { UsageError } from '../../errors.ts';

/** What to ask ssh about. */
export interface Question {
  /** The name as ssh would be given it. */
  readonly name: string;
  /** The user and the port that ssh would be given; undefined leaves them to ssh_config. */
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  /** The file that ssh would be given with -F. */
  readonly config?: string | undefined;
}

/** What `ssh -G` printed, and the ssh_config files that it read where that was asked for. */
export interface Printed {
  readonly text: string;
  readonly files: readonly string[];
}

// Names come as arguments of their own after `--`: nothing in them is ever an option or a word of the shell.
const SCRIPT = `nonce=$1 verbose=$2
shift 2
while [ "$#" -ge 4 ]; do
  ssh -G -T \${verbose:+-v} \${4:+-F "$4"} \${2:+-l "$2"} \${3:+-p "$3"} -- "$1" </dev/null 2>&1
  printf '\\n%s %s\\n' "$nonce" "$?"
  shift 4
done`;

/** A Match exec may ask the network; one that hangs hangs ssh too. */
const LIMIT_MS = 30_000;
const NOT_FOUND = 127;

/**
 * Asks `ssh -G` one question after the other, in one process. Gives undefined where there is no ssh. Rejects with
 * UsageError where ssh refuses its configuration, and would refuse to connect too.
 */
export async function askSsh(
  questions: readonly Question[],
  env: Readonly<Record<string, string | undefined>>,
  verbose = false,
): Promise<Printed[] | undefined> {
  const nonce = `haprov-${randomBytes(8).toString('hex')}`;
  const words = questions.flatMap(({ name, user, port, config }) => [
    checked(name),
    user ?? '',
    port === undefined ? '' : String(port),
    config ?? '',
  ]);
  const output = await runShell([nonce, verbose ? 'v' : '', ...words], env);
  const parts = output.split(new RegExp(`\\n${nonce} (\\d+)\\n`));
  const printed: Printed[] = [];
  for (const [index, { name }] of questions.entries()) {
    const text = parts[index * 2];
    const status = Number(parts[index * 2 + 1] ?? 'NaN');
    if (status === NOT_FOUND) return undefined;
    if (text === undefined || status !== 0) throw refused(name, text ?? output);
    printed.push({ text, files: filesOf(text) });
  }
  return printed;
}

/** The files that ssh says it read: the user's, the system's, and all that they include. */
function filesOf(text: string): string[] {
  return [
    ...new Set([...text.matchAll(/^debug1: Reading configuration data (.+)$/gm)].map(([, file = '']) => file.trim())),
  ];
}

// The inventory's reader and parseHop let no such name through; ssh must not see one from anywhere else either.
function checked(name: string): string {
  if (!/^[A-Za-z0-9_:][A-Za-z0-9_.:-]*$/.test(name)) throw new UsageError(`'${name}' is no name for ssh`);
  return name;
}

function refused(name: string, text: string): UsageError {
  const evidence = text
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^(debug\d:|OpenSSH_)/.test(line))
    .slice(-5)
    .map((line) => line.trim());
  return new UsageError(`ssh cannot use its configuration for ${name}: ${evidence[0] ?? 'it does not say why'}`, {
    action: 'read ssh_config',
    evidence: evidence.join('\n'),
    next: `Correct it until 'ssh -G ${name}' ends well, or name another file with ssh: { config_file: FILE | none }.`,
  });
}

function runShell(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<string> {
  return new Promise((resolve, reject) => {
    // A group of its own, so that a command of Match exec ends with it; and no terminal that it could ask on.
    const child = spawn('sh', ['-c', SCRIPT, 'sh', ...args], {
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let text = '';
    const limit = setTimeout(() => {
      killGroup(child.pid);
      reject(
        new UsageError(`ssh -G gave no answer within ${LIMIT_MS / 1000} s`, {
          action: 'read ssh_config',
          next: 'Look for a Match exec that hangs, or name another file with ssh: { config_file: FILE | none }.',
        }),
      );
    }, LIMIT_MS);
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    child.on('error', (error) => {
      clearTimeout(limit);
      reject(error);
    });
    child.on('close', () => {
      clearTimeout(limit);
      resolve(text);
    });
  });
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended just now.
  }
}
