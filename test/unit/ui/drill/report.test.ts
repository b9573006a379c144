import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DrillReport } from '../../../../src/operate/drill/model.ts';
import { renderJunit } from '../../../../src/ui/drill/junit.ts';
import { escapeText } from '../../../../src/ui/drill/markup.ts';
import { renderReport } from '../../../../src/ui/drill/report.ts';
import { FLEET, HEALTHY, ODD, SPLIT, TUTORIAL } from './reports.ts';
import { outlineOf } from './well-formed.ts';

const FLEET_PAGE = renderReport(FLEET);

const REPORTS = { HEALTHY, TUTORIAL, SPLIT, FLEET, ODD };

const ELEMENTS = new Set(
  `html head meta title style body main header section article figure figcaption details summary h1 h2 h3 p a b small
   span ul li dl div dt dd table caption thead tbody tr th td svg defs pattern g rect line path text`.split(/\s+/),
);

/** A report with a text of someone else's choice in every place that has one. */
function poisoned(text: string): DrillReport {
  const cluster = { ...HEALTHY.clusters[0], name: `c${text}` };
  const host = `c${text}/${text}`;
  return {
    ...SPLIT,
    inventory: text,
    haprov: text,
    clusters: [
      {
        service: 'nginx',
        name: cluster.name,
        hosts: [{ id: host, address: text }],
        instances: [{ name: text, vips: [text], vrid: 1, intervalSeconds: 1, priority: { [text]: 1 } }],
        jumps: [text],
      },
    ],
    scenarios: SPLIT.scenarios.map((scenario) => ({
      ...scenario,
      cluster: cluster.name,
      instance: text,
      vip: text,
      target: text,
      client: text,
      host,
      holders: [host, text],
      started: text,
      prediction: { outage: null, taker: host, because: text },
      requests: [{ at: 0, ms: 1, error: text }],
      marks: [{ at: 1, kind: 'fault', host, text }],
      lanes: [{ host, spans: [{ from: 0, to: 10, state: 'MASTER', holds: true }] }],
      findings: [text],
      notes: [text],
    })),
    skipped: [{ cluster: text, reason: text }],
    leftovers: [{ host: text, reason: text }],
  };
}

const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        '<',
        '&',
        '"',
        "'",
        '>',
        ']]>',
        '-->',
        '<!--',
        '</style>',
        '<script>',
        '\0',
        '\ud800',
        '\uffff',
        '\u202e',
        '&amp;',
        'x',
        '\r',
        '\n',
      ),
    )
    .map((parts) => parts.join('')),
);

describe('text from outside', () => {
  it('breaks neither the page nor the XML, whatever it is', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const report = poisoned(text);
        const { elements, attributes } = outlineOf(renderReport(report));
        expect([...elements].filter((name) => !ELEMENTS.has(name))).toEqual([]);
        expect(attributes.filter(([name]) => name.startsWith('on') || name === 'style' || name === 'src')).toEqual([]);
        expect(attributes.filter(([name, value]) => name === 'href' && !/^#s\d+$/.test(value))).toEqual([]);
        expect(renderReport(report)).toContain(`<li>${escapeText(text)}</li>`);
        const xml = outlineOf(renderJunit(report)).elements;
        expect([...xml].sort()).toEqual(['failure', 'skipped', 'testcase', 'testsuite', 'testsuites']);
      }),
      { numRuns: 150 },
    );
  });

  it('is masked', () => {
    const redact = (text: string): string => text.replaceAll('a&b', '********');
    expect(renderReport(poisoned('say a&b'), redact)).toContain('<li>say ********</li>');
    expect(renderJunit(poisoned('say a&b'), redact)).toContain('message="say ********"');
    const notes = ['a&b'];
    const scenarios = HEALTHY.scenarios.map((scenario) => ({ ...scenario, notes }));
    expect(renderReport({ ...HEALTHY, scenarios }, redact)).not.toContain('a&amp;b');
  });
});

describe('the page', () => {
  it.each(Object.entries(REPORTS))('is well-formed, and the same each time (%s)', (_, report) => {
    const page = renderReport(report);
    expect(() => outlineOf(page)).not.toThrow();
    expect(page).toBe(renderReport(structuredClone(report)));
  });

  it('alarms about why a scenario failed, and not about what else is to know', () => {
    const page = renderReport(TUTORIAL);
    expect(page).toContain('<ul class="findings broken"><li>The VIP did not answer');
    expect(page).toContain('<ul class="findings"><li>It stayed on lb1');
  });

  it('has a place for each scenario, linked from the table', () => {
    const { attributes } = outlineOf(FLEET_PAGE);
    const ids = attributes.filter(([name, value]) => name === 'id' && /^s\d+$/.test(value)).map(([, value]) => value);
    const links = attributes.filter(([name]) => name === 'href').map(([, value]) => value.slice(1));
    expect(ids).toHaveLength(FLEET.scenarios.length);
    expect(new Set(links)).toEqual(new Set(ids));
    const all = attributes.filter(([name]) => name === 'id').map(([, value]) => value);
    expect(new Set(all).size).toBe(all.length);
  });

  it('stays small for twenty clusters of six scenarios', () => {
    expect(FLEET_PAGE.length).toBeLessThan(2_000_000);
  });

  it('draws one shape for a run of good requests, and one for each that failed or was slow', () => {
    const page = renderReport({ ...HEALTHY, scenarios: HEALTHY.scenarios.slice(1, 2) });
    const shapes = (kind: string): number =>
      [...page.matchAll(new RegExp(`<path class="${kind}" d="(M[^"]*V[^"]*)"/></?[ps]`, 'g'))]
        .slice(-1)
        .flatMap(([, d]) => d?.match(/M/g) ?? []).length;
    expect([shapes('failed'), shapes('slow')]).toEqual([75, 2]);
  });

  it('says that nothing was drilled', () => {
    const page = renderReport({ ...HEALTHY, scenarios: [], skipped: [{ cluster: 'web', reason: 'it is degraded' }] });
    expect(page).toContain('✗ Nothing was drilled');
    expect(page).toContain('<b>web</b>: it is degraded');
    expect(() => outlineOf(renderReport({ ...HEALTHY, scenarios: [], clusters: [] }))).not.toThrow();
  });

  it('does not call a drill good that left something behind', () => {
    const page = renderReport({ ...HEALTHY, leftovers: [{ host: 'lb2', reason: 'unreachable' }] });
    expect(page).toContain('✗ All 3 scenarios passed, but not everything was restored');
    expect(page).not.toContain('Nothing was left behind');
  });
});
