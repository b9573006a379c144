import { Chalk } from 'chalk';
import { PASSWORDS } from '../../keepalived/mask.ts';
import type { LogEntry } from '../../operate/logs/entry.ts';
import { jsonLine } from '../terminal/json.ts';
import type { Paint, Style } from '../terminal/style.ts';
import { columnsOf, pad, type Redact } from '../terminal/text.ts';

/** A line of `logs --json`; the time is UTC, with microseconds. */
export function logJson({ time, host, unit, message, transition }: LogEntry, redact: Redact): string {
  const line = { time: isoTime(time), host, unit, message: withoutPasswords(message) };
  return jsonLine({ ...line, ...(transition === undefined ? {} : { transition }) }, redact);
}

/**
 * A line as `DATE TIME HOST UNIT MESSAGE`, by this machine's clock. Each host has its colour; a transition of VRRP
 * stands out by one of its own, and without colours by the mark `>>`.
 */
export function createLogLines(hosts: readonly string[], style: Style): (entry: LogEntry) => string {
  const colours = paints(style);
  const paintOf = new Map(hosts.map((host, index) => [host, colours[index % colours.length] ?? style.cyan]));
  const width = Math.min(30, Math.max(0, ...hosts.map((host) => columnsOf(style.line(host)))));
  return ({ time, host, unit, message, transition }) => {
    const said = style.line(withoutPasswords(message));
    const text =
      transition === undefined ? `   ${said}` : `${style.bold('>>')} ${stateOf(transition.state, style)(said)}`;
    const place = (paintOf.get(host) ?? style.cyan)(pad(style.line(host), width));
    return style.redact(`${style.dim(localTime(time))} ${place} ${pad(style.line(unit), 13)} ${text}\n`);
  };
}

/** Told on standard error, between the lines. */
export function lostLine(host: string, why: string, style: Style, again: boolean): string {
  return style.redact(
    `${style.yellow('LOST')}  ${style.line(host)}  ${style.line(why)}${again ? '; trying again' : ''}\n`,
  );
}

export function backLine(host: string, style: Style): string {
  return style.redact(`${style.green('BACK')}  ${style.line(host)}\n`);
}

/** Details of a running keepalived may be in its log, the password in clear among them (keepalived --log-detail). */
function withoutPasswords(message: string): string {
  return message.replace(PASSWORD, '$1********');
}

const PASSWORD = new RegExp(`\\b((?:${[...PASSWORDS, 'password'].join('|')})\\s*[=:]?\\s+)\\S+`, 'gi');

/** Colours of hosts; red and yellow are kept for what is wrong. */
function paints(style: Style): readonly Paint[] {
  const chalk = new Chalk({ level: style.colour ? 1 : 0 });
  return [chalk.cyan, chalk.magenta, chalk.blue, chalk.green, chalk.cyanBright, chalk.magentaBright, chalk.blueBright];
}

function stateOf(state: string, style: Style): Paint {
  if (state === 'MASTER') return (text) => style.bold(style.green(text));
  return state === 'FAULT' ? style.alarm : (text) => style.bold(style.yellow(text));
}

function isoTime(microseconds: number): string {
  const whole = new Date(Math.floor(microseconds / 1000)).toISOString();
  return `${whole.slice(0, -1)}${String(microseconds % 1000).padStart(3, '0')}Z`;
}

function localTime(microseconds: number): string {
  const at = new Date(Math.floor(microseconds / 1000));
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return `${day} ${clock}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}
