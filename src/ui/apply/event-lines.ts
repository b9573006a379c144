import type { ApplyEvent } from '../../rollout/events.ts';
import { causeOf } from '../terminal/error-view.ts';
import type { Style } from '../terminal/style.ts';
import { counted, duration } from '../terminal/text.ts';
import { PUT_BACK } from './failures.ts';
import type { HostState } from './fleet.ts';

/** An event as one line of plain text, `HOST STAGE ACTION TARGET RESULT TIME`; undefined where it says nothing new. */
export function eventLine(
  event: ApplyEvent,
  state: HostState | undefined,
  style: Style,
  verbose: boolean,
): string | undefined {
  switch (event.event) {
    case 'connect':
      return verbose ? `${style.line(event.host)} connect` : undefined;
    case 'planned':
      return verbose || event.changes > 0
        ? `${style.line(event.host)} plan ${counted(event.changes, 'change')}`
        : undefined;
    case 'phase-start':
      return verbose ? `${style.line(event.host)} ${event.phase}` : undefined;
    case 'change-start':
      return verbose ? `${changeText(event, state, style)} …` : undefined;
    case 'change-end': {
      const result = event.ok ? style.green('ok') : style.alarm('FAILED');
      return `${changeText(event, state, style)} ${result} ${duration(event.ms)}`;
    }
    case 'move-start':
      return verbose || event.kind !== 'one' ? moveLine(event, style) : undefined;
    case 'armed':
      return verbose
        ? `${style.line(event.host)} armed: its old state comes back in ${seconds(event.seconds * 1000)} unless the new one is confirmed`
        : undefined;
    case 'confirmed':
      return verbose ? `${style.line(event.host)} confirmed: the new state stays` : undefined;
    case 'put-back': {
      const result = event.ok ? style.yellow('REVERTED') : style.alarm('REVERT FAILED');
      return `${style.line(event.host)} ${result} ${style.line(event.detail)}`.trimEnd();
    }
    case 'waiting':
      return `${style.line(event.host)} ${stageOf(state)} ${waitText(event.reason, style)}`;
    case 'gate': {
      if (event.ok && !verbose) return undefined;
      const who = event.host === undefined ? event.cluster : event.host;
      const result = event.ok ? style.green('ok') : style.alarm('FAILED');
      return `${style.line(who)} gate ${style.line(event.gate)} ${result} ${style.line(event.detail)}`.trimEnd();
    }
    case 'host-end':
      return hostEndLine(event, style);
    default:
      return undefined;
  }
}

/** A step under way for long: "lb1 prepare still waiting 30s: install package keepalived (apt lock)". */
export function stillWaitingLine(state: HostState, now: number, style: Style): string {
  return `${style.line(state.host)} ${stageOf(state)} still waiting ${seconds(now - state.since)}: ${activityOf(state, style)}`;
}

/** What a host is at: its change and what that waits for, or its stage's own work. */
export function activityOf(state: HostState, style: Style): string {
  if (state.gate !== undefined) return state.gate === '' ? 'waits for its gates' : `gate ${style.line(state.gate)}`;
  const stages = {
    plan: 'connect and ask',
    prepare: 'waits for its turn',
    activate: 'waits for the other hosts',
    verify: 'read the facts again',
  };
  const activity = style.line(
    state.activity ?? (state.stage === undefined ? 'wait for its turn' : stages[state.stage]),
  );
  return state.waiting === undefined ? activity : `${activity} (${style.line(state.waiting)})`;
}

/** Whole seconds while they are few: 3s, 48s, 2m05s. */
export function seconds(ms: number): string {
  return ms < 59_500 ? `${Math.max(0, Math.round(ms / 1000))}s` : duration(ms);
}

/** "web activate lb1, lb2 at once: their peers notice it". */
function moveLine({ cluster, hosts, kind }: Extract<ApplyEvent, { event: 'move-start' }>, style: Style): string {
  const how = {
    one: 'alone',
    together: 'at once: their peers notice it',
    start: 'at once: nothing is served yet',
  }[kind];
  return `${style.line(cluster)} activate ${hosts.map(style.line).join(', ')} ${how}`;
}

function changeText(
  event: Extract<ApplyEvent, { event: 'change-start' | 'change-end' }>,
  state: HostState | undefined,
  style: Style,
): string {
  return `${style.line(event.host)} ${stageOf(state)} ${style.line(event.action)} ${style.line(event.target)}`;
}

// The reason may say itself that it waits.
function waitText(reason: string, style: Style): string {
  const text = style.line(reason);
  return /^wait/i.test(text) ? text : `waiting: ${text}`;
}

function stageOf(state: HostState | undefined): string {
  return state?.stage ?? 'plan';
}

function hostEndLine(event: Extract<ApplyEvent, { event: 'host-end' }>, style: Style): string {
  const host = style.line(event.host);
  if (event.status === 'ok') return `${host} ${style.green('ok')}`;
  if (event.status === 'changed') return `${host} ${style.cyan('changed')} ${counted(event.changes, 'change')}`;
  const paint = event.status === 'untouched' ? style.yellow : style.alarm;
  const cause = event.error === undefined ? '' : ` ${causeOf(event.error, style)}`;
  return `${host} ${paint(event.status.toUpperCase())}${cause}${event.putBack === true ? `; ${PUT_BACK}` : ''}`;
}
