import { describe, expect, it } from 'vitest';
import type { LogEntry } from '../../../src/operate/logs/entry.ts';
import { backLine, createLogLines, logJson, lostLine } from '../../../src/ui/status/logs-view.ts';
import { createStyle } from '../../../src/ui/terminal/style.ts';

const AT = new Date(2026, 10, 22, 11, 38, 50, 388).getTime() * 1000 + 40;

const entry = (other: Partial<LogEntry> = {}): LogEntry => ({
  time: AT,
  host: 'lb1',
  unit: 'keepalived',
  message: 'Startup complete',
  cursor: 's=1',
  ...other,
});
const MASTER = { instance: 'VI_1', state: 'MASTER' };
const redact = (text: string) => text.replaceAll('hunter22', '********');
const ESCAPE = '\u001b';

describe('lines of logs', () => {
  it('are aligned, with the time of this machine, and a mark where the state changes', () => {
    const lines = createLogLines(['lb1', 'backup-9'], createStyle({ colour: false }));
    expect(lines(entry())).toBe('2026-11-22 11:38:50.388 lb1      keepalived       Startup complete\n');
    expect(
      lines(entry({ host: 'backup-9', unit: 'haprov-notify', message: 'INSTANCE VI_1 MASTER', transition: MASTER })),
    ).toBe('2026-11-22 11:38:50.388 backup-9 haprov-notify >> INSTANCE VI_1 MASTER\n');
  });

  it('have one colour for each host, the same in all its lines', () => {
    const lines = createLogLines(['lb1', 'lb2'], createStyle({ colour: true }));
    const colourOf = (host: string) => lines(entry({ host })).split(`${ESCAPE}[`)[3]?.split('m')[0];
    expect(colourOf('lb1')).toBe(colourOf('lb1'));
    expect(colourOf('lb1')).not.toBe(colourOf('lb2'));
  });

  it('mask secrets, also those of a keepalived that prints its configuration', () => {
    const lines = createLogLines(['lb1'], createStyle({ colour: false, redact }));
    expect(lines(entry({ message: 'webhook hunter22' }))).toContain('webhook ********');
    expect(lines(entry({ message: '   Password = s3cret' }))).not.toContain('s3cret');
    expect(logJson(entry({ message: 'auth_pass s3cret' }), redact)).not.toContain('s3cret');
  });

  it('show control characters instead of obeying them', () => {
    const lines = createLogLines(['lb1'], createStyle({ colour: false }));
    expect(lines(entry({ message: `a${ESCAPE}[2J\u0007b` }))).toContain('a\\x1b[2J\\x07b');
  });

  it('are one JSON object each, with microseconds', () => {
    const text = logJson(entry({ message: 'MASTER', transition: MASTER }), redact);
    expect(text.endsWith('\n')).toBe(true);
    expect(JSON.parse(text)).toEqual({
      time: new Date(AT / 1000).toISOString().replace('Z', '040Z'),
      host: 'lb1',
      unit: 'keepalived',
      message: 'MASTER',
      transition: MASTER,
    });
    expect(JSON.parse(logJson(entry(), redact))).not.toHaveProperty('transition');
  });

  it('tell of a host that is lost and back', () => {
    const style = createStyle({ colour: false });
    expect(lostLine('lb2', 'the connection was lost', style, true)).toBe(
      'LOST  lb2  the connection was lost; trying again\n',
    );
    expect(lostLine('lb2', 'timeout', style, false)).toBe('LOST  lb2  timeout\n');
    expect(backLine('lb2', style)).toBe('BACK  lb2\n');
  });
});
