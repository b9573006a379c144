import { type Examination, examine } from '../operate/doctor/examine.ts';
import { doctorJson, renderDoctor } from '../ui/doctor-view.ts';
import { jsonDocument } from '../ui/json.ts';
import { counted } from '../ui/text.ts';
import { EXIT, type ExitCode, type Io, styleFor } from './io.ts';
import { prepareRun, type Run, type RunOptions } from './prepare-run.ts';

export interface DoctorOptions extends RunOptions {
  /** Mend by the ordinary apply what it mends. */
  readonly fix?: boolean;
  /** Do not ask before that. */
  readonly yes?: boolean;
}

/** `haprov doctor`: what is wrong, why, and what mends it. Changes nothing without --fix. */
export async function doctor(file: string, options: DoctorOptions, io: Io): Promise<ExitCode> {
  const first = await look(file, options, io);
  const mend = options.fix === true && first.seen.mendable.length > 0 && !io.signal.aborted;
  if (!mend) {
    show(first, options, io);
    return exitCodeOf(first.seen, io);
  }
  // With --json stdout carries one document: what is left after the mending.
  if (options.json !== true) show(first, options, io);
  const { apply } = await import('./apply.ts');
  const { fix: _fix, json, limit: _limit, ...target } = options;
  await apply(file, { ...target, limit: limitOf(first) }, json === true ? { ...io, out: io.err } : io);
  if (io.signal.aborted) return EXIT.interrupted;
  const second = await look(file, options, io);
  show(second, options, io);
  return exitCodeOf(second.seen, io);
}

interface Seen {
  readonly run: Run;
  readonly seen: Examination;
}

async function look(file: string, options: DoctorOptions, io: Io): Promise<Seen> {
  const run = await prepareRun(file, options, io);
  const { transport } = run;
  if (io.err.isTTY === true) io.err.write(`asking ${counted(run.hosts.length, 'host')}, and listening for a while …\n`);
  try {
    const seen = await examine({ ...run, signal: io.signal });
    io.err.write(run.acceptedKeys.join(''));
    return { run, seen };
  } finally {
    transport.close();
  }
}

function show({ run, seen }: Seen, options: DoctorOptions, io: Io): void {
  if (options.json === true) {
    io.out.write(jsonDocument(doctorJson(seen.findings), run.redact));
    return;
  }
  const style = styleFor(io.out, io, options, run.redact);
  io.out.write(renderDoctor(seen.findings, style, { verbose: options.verbose === true, hosts: run.hosts.length }));
}

/** The hosts to mend: of clusters where apply mends something, those that were asked about. */
function limitOf({ run, seen }: Seen): string {
  const clusters = run.inventory.clusters.filter(({ name }) => seen.mendable.includes(name));
  return clusters.flatMap(({ name, hosts }) => hosts.map((host) => `${name}/${host.name}`)).join(',');
}

function exitCodeOf({ findings, unreached }: Examination, io: Io): ExitCode {
  if (io.signal.aborted) return EXIT.interrupted;
  const failed = findings.some(({ status, host }) => status === 'fail' && (host === null || !unreached.includes(host)));
  if (failed) return EXIT.failed;
  return unreached.length > 0 ? EXIT.unreachable : EXIT.done;
}
