import type { Writable } from 'node:stream';
import type { DrillEvent } from '../../operate/drill/events.ts';
import type { Surveyed } from '../../operate/drill/survey.ts';
import { createWorkList, type WorkItem, type WorkLook } from '../live/work-list.ts';
import { terminalSize } from '../terminal/size.ts';
import type { Style } from '../terminal/style.ts';
import { clip, counted, wrapText } from '../terminal/text.ts';
import { type Course, Courses, type DrillView, lineOf } from './drill-live-view.ts';
import { predicted, seconds } from './figures.ts';
import { requestStrip, STRIP_STEP } from './strip.ts';

/** Columns of what stands before a strip. */
const INDENT = 8;
/** Rows that the list leaves free for the lines above it. */
const SPARE = 4;

/** A scenario as the list has it. */
interface Row extends WorkLook {
  readonly cluster: string;
  /** When it began; milliseconds since 1970. */
  readonly began?: number;
}

/**
 * On a terminal: the lines of a drill as they come, and below them the clusters and their scenarios as a list of tasks,
 * with the last requests of the one that runs, one character for 100 ms.
 */
export async function createDrillTasksView(
  out: Writable,
  style: Style,
  surveyed: readonly Surveyed[],
): Promise<DrillView> {
  const size = () => terminalSize({ out });
  const courses = new Courses();
  const rows = new Map<string, Row>();
  const items = surveyed.filter(({ scenarios }) => scenarios.length > 0).map((one) => itemOf(one, rows, style));
  const list = await createWorkList({ out, size, style, frame });

  function frame(): readonly string[] | undefined {
    const running = [...rows].filter(([, { state }]) => state === 'running');
    if (items.length + rows.size + running.length > size().rows - SPARE)
      return crowdLines(running.map(([, row]) => row));
    for (const [key, row] of running) list.set(key, lookOf(row, courses.of(row.cluster), size().columns, style));
    return undefined;
  }

  function crowdLines(running: readonly Row[]): readonly string[] {
    const { columns, rows: height } = size();
    const number = (state: WorkLook['state']) => [...rows.values()].filter((row) => row.state === state).length;
    const shown = running.slice(0, Math.max(1, Math.floor((height - SPARE) / 2)));
    const lines = shown.flatMap((row) => {
      const { title, step = '' } = lookOf(row, courses.of(row.cluster), columns, style);
      return [clip(`${style.line(row.cluster)} ${title}`, columns - 1, style.unicode), step];
    });
    return [...lines, `${counted(rows.size, 'scenario')}: ${number('done')} passed, ${number('failed')} failed`];
  }

  function show(key: string, change: Partial<Row>): void {
    const row = rows.get(key);
    if (row === undefined) return;
    const next = { ...row, ...change };
    rows.set(key, next);
    list.set(key, next);
    const cluster = [...rows.values()].filter((one) => one.cluster === row.cluster);
    const open = cluster.some(({ state }) => state === 'waiting' || state === 'running');
    list.set(row.cluster, { state: open ? 'running' : 'done', title: style.bold(style.line(row.cluster)) });
  }

  function follow(event: DrillEvent): void {
    if (event.event === 'scenario') {
      const title = `${event.name} on ${style.line(event.host)}, predicted ${predicted(event.prediction.outage)}`;
      show(keyOf(event.cluster, event.name), { state: 'running', title, began: Date.now() });
    }
    if (event.event === 'result') {
      const { cluster, name, passed, outage_ms } = event.scenario;
      const title = `${name}  ${passed ? 'passed' : style.red('FAILED')}, downtime ${seconds(outage_ms)}`;
      show(keyOf(cluster, name), { state: passed ? 'done' : 'failed', title });
    }
    if (event.event === 'skipped') {
      const { cluster, scenario, reason } = event.skipped;
      if (scenario !== undefined)
        show(keyOf(cluster, scenario), { state: 'skipped', title: `${scenario}  skipped: ${style.line(reason)}` });
    }
  }

  list.begin(items);
  return {
    emit: (event) => {
      const text = lineOf(event, courses.take(event), style);
      follow(event);
      if (text !== undefined) list.print(`${wrapText(text, size().columns - 1).join('\n')}\n`);
    },
    close: () => list.close(false),
  };
}

const keyOf = (cluster: string, scenario: string): string => `${cluster} ${scenario}`;

function itemOf({ cluster, scenarios }: Surveyed, rows: Map<string, Row>, style: Style): WorkItem {
  const items = scenarios.map(({ name, forecast }) => {
    const title = `${name}  ${style.dim(`predicted ${predicted(forecast.outage)}`)}`;
    const key = keyOf(cluster.name, name);
    rows.set(key, { cluster: cluster.name, state: 'waiting', title });
    return { key, title };
  });
  return { key: cluster.name, title: style.bold(style.line(cluster.name)), items };
}

function lookOf(row: Row, course: Course | undefined, columns: number, style: Style): WorkLook {
  const { title, began = Date.now(), state } = row;
  if (course === undefined) return row;
  const since =
    course.fault === undefined ? '' : `, ${seconds(Math.max(0, Date.now() - course.fault))} since the fault`;
  const time = style.dim(`${Math.round((Date.now() - began) / 1000)}s${since}  Ctrl-C: restore and stop`);
  return { state, title: `${title}  ${time}`, step: stripOf(course, columns - INDENT) };
}

function stripOf({ requests }: Course, columns: number): string {
  const to = Date.now() - 2 * STRIP_STEP;
  const from = Math.floor((to - Math.max(20, columns) * STRIP_STEP) / STRIP_STEP) * STRIP_STEP;
  return requestStrip(
    requests.filter(({ start }) => start >= from).map(({ start, ms, error }) => ({ at: start, ms, error })),
    { from, to },
  ).trimStart();
}
