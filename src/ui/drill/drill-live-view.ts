import type { Writable } from 'node:stream';
import type { DrillEvent } from '../../operate/drill/events.ts';
import type { DrillMark, DrillScenario } from '../../operate/drill/model.ts';
import type { VipRequest } from '../../operate/vip-client/outages.ts';
import { createRegion } from '../terminal/region.ts';
import { terminalSize } from '../terminal/size.ts';
import type { Style } from '../terminal/style.ts';
import { predicted, seconds, skippedLine } from './figures.ts';
import { countKinds } from './requests.ts';
import { requestStrip, STRIP_STEP } from './strip.ts';

/** What is told while clusters are drilled. */
export interface DrillView {
  emit(event: DrillEvent): void;
  close(): void;
}

/** A scenario on its way. Times in milliseconds since 1970. */
interface Course {
  readonly place: string;
  readonly requests: VipRequest[];
  fault: number | undefined;
}

const REDRAW_MS = 200;

/** Lines as things happen; on a terminal besides them the last requests of each cluster, one character for 100 ms. */
export function createDrillView(out: Writable, style: Style, live: boolean): DrillView {
  const courses = new Map<string, Course>();
  const region = live ? createRegion(out, () => terminalSize({ out })) : undefined;
  const strips = (): string[] => [...courses.values()].flatMap((course) => stripLines(course, style));
  const print = (text: string): void => {
    if (region === undefined) out.write(`${text}\n`);
    else region.draw(`${text}\n`, strips());
  };
  const timer = region === undefined ? undefined : setInterval(() => region.draw('', strips()), REDRAW_MS);
  return {
    emit: (event) => {
      if (event.event === 'request') courses.get(event.cluster)?.requests.push(event.request);
      if (event.event === 'scenario') {
        courses.set(event.cluster, { place: `${event.cluster}/${event.instance}`, requests: [], fault: undefined });
      }
      const course = event.event === 'mark' ? courses.get(event.cluster) : undefined;
      if (event.event === 'mark' && event.mark.kind === 'fault' && course !== undefined) course.fault ??= event.mark.at;
      if (event.event === 'result') courses.delete(event.scenario.cluster);
      const text = lineOf(event, course, style);
      if (text !== undefined) print(text);
    },
    close: () => {
      clearInterval(timer);
      courses.clear();
      region?.draw('', []);
      region?.close();
    },
  };
}

function lineOf(event: DrillEvent, course: Course | undefined, style: Style): string | undefined {
  switch (event.event) {
    case 'request':
      return undefined;
    case 'waiting':
      return `      ${style.line(event.cluster)}: ${style.line(event.reason)}`;
    case 'scenario': {
      const { cluster, instance, index, of, name, host, prediction } = event;
      const place = `${style.line(cluster)}/${style.line(instance)}`;
      const what = `DRILL ${place} ${index}/${of} ${name} on ${style.line(host)}`;
      return `${style.bold(what)}, predicted ${predicted(prediction.outage)}: ${style.line(prediction.because)}`;
    }
    case 'mark':
      return markLine(event.cluster, event.mark, course, style);
    case 'result':
      return resultLine(event.scenario, style);
    case 'skipped':
      return skippedLine(event.skipped, style);
  }
}

/** Seconds from the fault. */
function markLine(cluster: string, { at, host, text }: DrillMark, course: Course | undefined, style: Style): string {
  const since = course?.fault === undefined ? 0 : Math.max(0, at - course.fault);
  return `${seconds(since).padStart(7)}  ${style.line(cluster)} ${style.line(host)}: ${style.line(text)}`;
}

function resultLine(scenario: DrillScenario, style: Style): string {
  const { cluster, name, outage_ms, prediction, passed, requests } = scenario;
  const { failed } = countKinds(requests);
  const text = `outage ${seconds(outage_ms)}, predicted ${predicted(prediction.outage)}, ${failed} of ${requests.length} requests failed`;
  const mark = passed ? style.green('pass') : style.alarm('FAIL');
  return `${mark}     ${style.line(cluster)} ${name}: ${text}`;
}

function stripLines({ place, requests, fault }: Course, style: Style): string[] {
  const columns = Math.max(20, style.columns - 12);
  const to = Date.now() - 2 * STRIP_STEP;
  const from = Math.floor((to - columns * STRIP_STEP) / STRIP_STEP) * STRIP_STEP;
  const strip = requestStrip(
    requests.filter(({ start }) => start >= from).map(({ start, ms, error }) => ({ at: start, ms, error })),
    { from, to },
  );
  const since = fault === undefined ? '' : seconds(Math.max(0, Date.now() - fault));
  return [`${style.dim(style.line(place))} ${since}  ^C puts right first`, strip.trimStart()];
}
