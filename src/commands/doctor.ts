import { type Examination, examine } from '../operate/doctor/examine.ts';
import { doctorJson, renderDoctor } from '../ui/status/doctor-view.ts';
import { jsonDocument } from '../ui/terminal/json.ts';
import { counted } from '../ui/terminal/text.ts';
import { EXIT, type ExitCode, type Io, outputFor, styleFor } from './io.ts';
import { type Run, type RunOptions, withRun } from './prepare-run.ts';

export interface DoctorOptions extends RunOptions {
  /** Mend by the ordinary apply what it mends. */
  readonly fix?: boolean;
  /** List what is well, too. */
  readonly all?: boolean;
  /** Do not ask before that. */
  readonly yes?: boolean;
}

/** `haprov doctor`: what is wrong, why, and what mends it. Changes nothing without --fix. */
export async function doctor(file: string, options: DoctorOptions, io: Io): Promise<ExitCode> {
  return withRun(file, options, io, async (run) => {
    const seen = await look(run, options, io);
    if (io.signal.aborted) return EXIT.interrupted;
    const mend = options.fix === true && seen.mendable.length > 0;
    // With --json stdout carries one document: what is left after the mending.
    if (!mend || options.json !== true) show(run, seen, options, io);
    if (!mend) return exitCodeOf(seen);
    await mendBy(file, limitOf(run, seen), options, io);
    if (io.signal.aborted) return EXIT.interrupted;
    const left = await look(run, options, io);
    if (io.signal.aborted) return EXIT.interrupted;
    show(run, left, options, io);
    return exitCodeOf(left);
  });
}

async function look(run: Run, options: DoctorOptions, io: Io): Promise<Examination> {
  const work = (): Promise<Examination> => examine({ ...run, signal: io.signal });
  const live = io.err.isTTY === true && outputFor(io, { ...options, json: false }).kind === 'terminal';
  const seen = live ? await showLook(run, options, io, work) : await work();
  io.err.write(run.acceptedKeys.join(''));
  return seen;
}

async function showLook<T>({ hosts, redact }: Run, options: DoctorOptions, io: Io, work: () => Promise<T>): Promise<T> {
  const { showWhile } = await import('../ui/live/under-way.ts');
  const style = styleFor(io.err, io, options, redact);
  const title = `Examine ${counted(hosts.length, 'host')}: ask them, and listen to their adverts`;
  return showWhile({ out: io.err, style, title }, work);
}

/** The ordinary apply: it shows its plan, asks unless told not to, and rolls out as ever. */
async function mendBy(file: string, limit: string, options: DoctorOptions, io: Io): Promise<void> {
  const { apply } = await import('./apply.ts');
  const { fix: _fix, all: _all, json, ...target } = options;
  await apply(file, { ...target, limit }, json === true ? { ...io, out: io.err } : io);
}

function show(run: Run, seen: Examination, options: DoctorOptions, io: Io): void {
  if (options.json === true) {
    io.out.write(jsonDocument(doctorJson(seen.findings), run.redact));
    return;
  }
  const style = styleFor(io.out, io, options, run.redact);
  const { verbose = false, all = verbose } = options;
  const told = options.quiet === true ? seen.findings.filter(({ status }) => status !== 'skip') : seen.findings;
  io.out.write(renderDoctor(told, style, { verbose, all, hosts: run.hosts.length }));
}

/** The hosts to mend: of clusters where apply mends something, those that were asked about. */
function limitOf(run: Run, seen: Examination): string {
  const clusters = run.inventory.clusters.filter(({ name }) => seen.mendable.includes(name));
  return clusters.flatMap(({ name, hosts }) => hosts.map((host) => `${name}/${host.name}`)).join(',');
}

function exitCodeOf({ findings, unreached }: Examination): ExitCode {
  const failed = findings.some(({ status, host }) => status === 'fail' && (host === null || !unreached.includes(host)));
  if (failed) return EXIT.failed;
  return unreached.length > 0 ? EXIT.unreachable : EXIT.done;
}
