import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DrillReport } from '../../../../src/operate/drill/model.ts';
import { type DrillJsonScenario, drillJson } from '../../../../src/ui/drill/json.ts';
import { renderJunit } from '../../../../src/ui/drill/junit.ts';
import { renderReport } from '../../../../src/ui/drill/report.ts';
import { findChromium, startChromium } from '../../../support/chromium.ts';
import { FLEET, HEALTHY, ODD, SPLIT, TUTORIAL } from './reports.ts';

const chromium = await findChromium();

const REPORTS: readonly (readonly [string, DrillReport])[] = [
  ['a healthy pair', HEALTHY],
  ["the tutorial's pair", TUTORIAL],
  ['a split brain', SPLIT],
  ['a fleet', FLEET],
  ['an odd one', ODD],
];

const WHITE = 'rgb(255, 255, 255)';

interface Opened {
  readonly page: Page;
  /** What the browser complained about. */
  readonly complaints: readonly string[];
  /** What it asked for, the page itself first. */
  readonly asked: readonly string[];
}

describe.skipIf(chromium.leftOut !== null)("the drill's page in a real browser", { timeout: 60_000 }, () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'haprov-page-'));
    browser = await startChromium(chromium);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(report: DrillReport, options: BrowserContextOptions = {}): Promise<Opened> {
    const file = join(folder, `${REPORTS.findIndex(([, one]) => one === report)}.html`);
    await writeFile(file, renderReport(report));
    const page = await browser.newPage(options);
    const complaints: string[] = [];
    const asked: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    return { page, complaints, asked };
  }

  const background = (page: Page): Promise<string> =>
    page.evaluate<string>('getComputedStyle(document.body).backgroundColor');

  it.each(REPORTS)(
    'shows every scenario with the figures of the JSON, on a phone without sideways scrolling (%s)',
    async (_, report) => {
      const { page, complaints, asked } = await open(report);
      const json = drillJson(report);
      const shown = await page.locator('article.scenario').allInnerTexts();
      const rows = await page.locator('table.overview tbody tr:has(a)').allInnerTexts();
      expect([shown.length, rows.length]).toEqual([json.scenarios.length, json.scenarios.length]);
      json.scenarios.forEach((scenario, index) => {
        for (const figure of figuresOf(scenario)) expect(shown[index]).toContain(figure);
        for (const figure of summaryOf(scenario)) expect(rows[index]).toContain(figure);
      });
      const head = await page.locator('body').innerText();
      for (const { host, reason } of json.leftovers) expect(head).toContain(`${host}: ${reason}`);
      for (const { cluster, reason } of json.skipped)
        expect(head).toMatch(new RegExp(`${cluster}.*: ${escaped(reason)}`));
      expect(head).toContain(`${json.passed} passed, ${json.failed} failed`);
      await page.setViewportSize({ width: 360, height: 740 });
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(360);
      expect(complaints).toEqual([]);
      expect(asked).toEqual([page.url()]);
      await page.close();
    },
  );

  it('draws what the JSON says: failures, holders, two holders at a time', async () => {
    const { page } = await open(SPLIT);
    const [scenario] = drillJson(SPLIT).scenarios;
    const drawing = page.locator('.timeline').first();
    const d = await drawing.locator('path.failed').getAttribute('d');
    expect(d?.match(/M/g)).toHaveLength(scenario?.failed_requests ?? -1);
    expect(await drawing.locator('.vip').count()).toBe(2);
    expect(await drawing.locator('.shared title').textContent()).toBe('two holders of the VIP, +0.15s to +19.00s');
    expect(await drawing.getAttribute('aria-label')).toContain('fault at 0.00s on lb1: VRRP is dropped');
    // A place on the drawing: the fault is 5 s into 30 s.
    const box = await drawing.boundingBox();
    const fault = await drawing.locator('.line-fault').boundingBox();
    expect(((fault?.x ?? 0) - (box?.x ?? 0)) / (box?.width ?? 1)).toBeCloseTo(5 / 30, 2);
    await page.close();
  });

  it('is dark where that is wished, and light on paper', async () => {
    const { page, complaints } = await open(TUTORIAL, { colorScheme: 'dark' });
    const dark = await background(page);
    expect(brightness(dark)).toBeLessThan(40);
    expect(brightness(await page.evaluate<string>('getComputedStyle(document.body).color'))).toBeGreaterThan(200);
    await page.emulateMedia({ media: 'print' });
    expect(await background(page)).toBe(WHITE);
    await page.emulateMedia({ media: 'screen', colorScheme: 'light' });
    expect(await background(page)).toBe(WHITE);
    const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('fits on paper: nothing is wider than a page', async () => {
    // A4 less the margins, at 96 dots an inch.
    const { page } = await open(ODD, { viewport: { width: 687, height: 1000 } });
    await page.emulateMedia({ media: 'print' });
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(687);
    await page.close();
  });

  it('reads the JUnit file as XML', async () => {
    const page = await browser.newPage();
    for (const [, report] of REPORTS) {
      const source = JSON.stringify(renderJunit(report));
      const read = `(() => {
        const xml = new DOMParser().parseFromString(${source}, 'application/xml');
        return ['parsererror', 'testcase', 'failure', 'skipped'].map((name) => xml.querySelectorAll(name).length);
      })()`;
      const { scenarios, skipped, failed, leftovers } = drillJson(report);
      const failures = failed + (leftovers.length === 0 ? 0 : 1);
      expect(await page.evaluate(read)).toEqual([0, scenarios.length + skipped.length + 1, failures, skipped.length]);
    }
    await page.close();
  });
});

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)}s`;

function prediction({ predicted_ms }: DrillJsonScenario): string {
  if (predicted_ms === null) return 'FOREVER';
  const [min, max] = [predicted_ms.min, predicted_ms.max].map(seconds);
  return min === max ? `${max}` : `${min?.slice(0, -1)}-${max}`;
}

function figuresOf(scenario: DrillJsonScenario): string[] {
  const { two_holders_ms, repair_outage_ms } = scenario;
  return [
    `${scenario.name} ${scenario.cluster}/${scenario.instance}`,
    scenario.passed ? '✓ passed' : '✗ FAILED',
    `Outage\n${seconds(scenario.outage_ms)}\n${seconds(scenario.budget_ms)} allowed`,
    `Predicted\n${prediction(scenario)}\n`,
    `How the prediction is made: ${scenario.predicted_because}`,
    `Failed requests\n${scenario.failed_requests} of ${scenario.requests}\n${scenario.slow_requests} slow`,
    `Restored\n${seconds(repair_outage_ms)}`,
    ...(two_holders_ms > 0 ? [`Two holders\n${seconds(two_holders_ms)}`] : []),
    ...scenario.findings,
    ...scenario.notes,
  ];
}

function summaryOf(scenario: DrillJsonScenario): string[] {
  return [
    scenario.name,
    seconds(scenario.outage_ms),
    `predicted ${prediction(scenario)}`,
    `${scenario.failed_requests}`,
    `of ${scenario.requests}`,
    scenario.passed ? '✓ passed' : '✗ FAILED',
  ];
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Of "rgb(1, 2, 3)": the mean. */
function brightness(colour: string): number {
  const parts = colour.match(/\d+/g)?.slice(0, 3).map(Number) ?? [];
  return parts.reduce((sum, part) => sum + part, 0) / 3;
}
