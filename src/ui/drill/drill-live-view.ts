import type { Writable } from 'node:stream';
import type { DrillEvent } from '../../operate/drill/events.ts';
import type { DrillMark, DrillScenario } from '../../operate/drill/model.ts';
import type { VipRequest } from '../../operate/vip-client/outages.ts';
import type { Style } from '../terminal/style.ts';
import { predicted, seconds, skippedLine } from './figures.ts';
import { countKinds } from './requests.ts';

/** What is told while clusters are drilled. */
export interface DrillView {
  emit(event: DrillEvent): void;
  close(): void;
}

/** A scenario on its way. Times in milliseconds since 1970. */
export interface Course {
  readonly requests: VipRequest[];
  fault: number | undefined;
}

/** Lines as things happen. */
export function createDrillView(out: Writable, style: Style): DrillView {
  const courses = new Courses();
  return {
    emit: (event) => {
      const text = lineOf(event, courses.take(event), style);
      if (text !== undefined) out.write(`${text}\n`);
    },
    close: () => {},
  };
}

/** The scenarios that run now, by cluster. */
export class Courses {
  readonly #courses = new Map<string, Course>();

  /** Takes an event in; gives the scenario that a mark belongs to. */
  take(event: DrillEvent): Course | undefined {
    if (event.event === 'request') this.#courses.get(event.cluster)?.requests.push(event.request);
    if (event.event === 'scenario') this.#courses.set(event.cluster, { requests: [], fault: undefined });
    const course = event.event === 'mark' ? this.#courses.get(event.cluster) : undefined;
    if (event.event === 'mark' && event.mark.kind === 'fault' && course !== undefined) course.fault ??= event.mark.at;
    if (event.event === 'result') this.#courses.delete(event.scenario.cluster);
    return course;
  }

  of(cluster: string): Course | undefined {
    return this.#courses.get(cluster);
  }
}

/** An event as a line; undefined where it says nothing new. */
export function lineOf(event: DrillEvent, course: Course | undefined, style: Style): string | undefined {
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
