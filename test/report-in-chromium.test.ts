import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, describe, expect, it } from 'vitest';
import { renderComparison } from '../src/backtest/report/comparison.ts';
import { renderReport } from '../src/backtest/report/report.ts';
import { emptyRun, oneDayRun, ruinedRun, syntheticExtras, syntheticRun } from '../src/backtest/report/report.fixture.ts';

/** What this test uses of playwright-core. */
interface Tab {
  on(event: 'request', act: () => void): void;
  setContent(html: string): Promise<void>;
  evaluate<T>(script: string): Promise<T>;
  close(): Promise<void>;
}
interface Browser {
  newPage(options: { viewport: { width: number; height: number }; colorScheme: string; javaScriptEnabled?: boolean }): Promise<Tab>;
  close(): Promise<void>;
}
interface Playwright {
  readonly chromium: { launch(options: { executablePath: string; args: string[] }): Promise<Browser> };
}

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const require = createRequire(import.meta.url);

/** Neither package is needed to use the project, so neither has to be there; `NODE_PATH` may name where they are. */
function found(): { playwright: Playwright; axe: string } | null {
  try {
    return { playwright: require('playwright-core') as Playwright, axe: readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8') };
  } catch {
    return null;
  }
}

const tools = found();
const missing = [...(CHROMIUM === undefined ? ['Chromium'] : []), ...(tools === null ? ['playwright-core and axe-core'] : [])];
const RULES = JSON.stringify(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']);

const run = syntheticRun();
const pages: readonly (readonly [string, string])[] = [
  ['20 years', renderReport(run, syntheticExtras(run))], ['no trades', renderReport(emptyRun())], ['one day', renderReport(oneDayRun())],
  ['everything lost', renderReport(ruinedRun())],
  ['a comparison', renderComparison([run, syntheticRun({ seed: 8, days: 900 })], { difference: { kind: 'order', ts: run.from, left: 'buy', right: null } })],
];

if (missing.length > 0) console.log(`skipped the report in Chromium: ${missing.join(', ')} not here`);

describe.skipIf(missing.length > 0)('the report in Chromium', () => {
  let browser: Promise<Browser> | null = null;
  afterAll(async () => (await browser)?.close());

  it.each(pages)('of %s is accessible and fits, dark and light, narrow and wide', async (_, page) => {
    if (tools === null || CHROMIUM === undefined) throw new TypeError('skipped without them');
    browser ??= tools.playwright.chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    for (const colorScheme of ['light', 'dark']) {
      for (const width of [390, 1440]) {
        const tab = await (await browser).newPage({ viewport: { width, height: 900 }, colorScheme });
        let requests = 0;
        tab.on('request', () => requests++);
        await tab.setContent(page);
        expect(await tab.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
        await tab.evaluate(tools.axe);
        await tab.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })");
        const faults = await tab.evaluate<string[]>(
          `axe.run(document, { runOnly: ${RULES} }).then((r) => r.violations.map((v) => v.id + ': ' + v.nodes[0].html))`);
        expect(faults, `${colorScheme} ${width}`).toEqual([]);
        expect(requests).toBe(0);
        await tab.close();
      }
    }
  }, 240_000);
});
