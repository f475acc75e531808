import { describe, expect, it } from 'vitest';
import type { BacktestRun } from '../model.ts';
import { contrast, heatColour, heatClass, inkOn, HEAT_STEPS } from './colour.ts';
import { renderComparison } from './comparison.ts';
import type { ReportExtras } from './extras.ts';
import { faultsOf } from './markup.fixture.ts';
import { renderReport } from './report.ts';
import { emptyRun, oneDayRun, ruinedRun, syntheticExtras, syntheticRun } from './report.fixture.ts';

const LIMIT = 300 * 1024;
const EVIL = `</title></style><script>alert(1)</script>"'><img src=x onerror=alert(1)>&lt;\u0000\u001b[31m\u202e\ud800 \${x} {{y}}`;

const run = syntheticRun();
const full = renderReport(run, syntheticExtras(run));
const bytes = (page: string): number => Buffer.byteLength(page);
const textOf = (page: string): string => page.replace(/<style>[^<]*<\/style>/, '').replace(/<[^>]*>/g, ' ');

/** Heights of the points of a path of one line, from the top. */
function heightsOf(path: string): number[] {
  let y = 0;
  const numbers = [...path.matchAll(/-?\d+(?:\.\d+)?/g)].map((m) => Number(m[0]));
  return numbers.filter((_, i) => i % 2 === 1).map((dy) => { y += dy; return y; });
}

/** The run with `text` wherever a user's words can stand. */
function filled(text: string): { run: BacktestRun; extras: ReportExtras } {
  const base = syntheticRun({ days: 700, symbols: 3, trades: 60 });
  const params = { [text]: text, other: 1 };
  const extras: ReportExtras = {
    ...syntheticExtras(base), command: text, regimes: [{ name: text, return: 0.1 }],
    capacity: { value: 1, note: text, bySymbol: [{ symbol: text, value: 1 }] },
    walkForward: { metric: text, method: text, folds: [{ trainFrom: 0, trainTo: 1e12, testFrom: 1e12, testTo: 2e12, params, inSample: 1, outOfSample: null }] },
    sweep: {
      metric: text, direction: 'min', rows: [1, 2, 3].flatMap((a) => [1, 2].map((b) => ({ params: { [text]: a, [`${text}2`]: b }, metrics: { [text]: a - b, x: null } }))),
    },
    metricDocs: { sharpe: { title: text, formula: text, group: text } },
    monteCarlo: { method: text, paths: 2, x: [0, 1], xKind: 'step', quantiles: [{ share: 0.5, values: [1, 2] }], figures: [{ name: text, value: text }] },
  };
  return {
    extras,
    run: {
      ...base, id: text, pipeline: text, description: text, params, symbols: [text], currency: text, fillProfile: text, assumptions: [text], benchmark: text,
      versions: { millrace: text, node: text }, pipelineHash: text, dataHash: text, hash: text, refused: { [text]: 2 },
      trades: base.trades.map((t) => ({ ...t, symbol: text, entryReason: text, exitReason: text })), metrics: { ...base.metrics, [text]: 1 },
      requirements: [{ text, metric: text, value: 1, ok: false }], checks: [{ name: text, ok: false, text }],
    },
  };
}

const pages: readonly (readonly [string, () => string])[] = [
  ['20 years of 50 symbols', () => full], ['no trades', () => renderReport(emptyRun())], ['one day', () => renderReport(oneDayRun())],
  ['everything lost', () => renderReport(ruinedRun(), syntheticExtras(ruinedRun()))],
  ['no entry', () => renderReport({ ...emptyRun(), curve: syntheticRun({ days: 1, trades: 0 }).curve, metrics: {} })],
  ['hostile words', () => renderReport(filled(EVIL).run, filled(EVIL).extras)],
  ['a comparison', () => renderComparison([run, syntheticRun({ seed: 8 }), emptyRun()], { difference: { kind: 'order', ts: run.from, left: EVIL, right: null } })],
  ['a comparison of one', () => renderComparison([oneDayRun()], { difference: null })],
  ['a hostile comparison', () => renderComparison([filled(EVIL).run, filled(`${EVIL}2`).run])],
];

describe.each(pages)('the page of %s', (_, make) => {
  const page = make();

  it('is well-formed, and names only what it holds', () => expect(faultsOf(page)).toEqual([]));

  it('needs no script and nothing from elsewhere', () => {
    expect(page).not.toMatch(/<script|<link|<img|<iframe|<object|@import|url\(|javascript:/i);
    expect(page.replace(/&[a-z#0-9]+;/g, '')).not.toMatch(/(src|href)="(?!#)/);
  });

  it('shows no value that is none', () => {
    expect(textOf(page)).not.toMatch(/\b(NaN|undefined|null|Infinity)\b|\[object/);
    expect([...page.matchAll(/ d="([^"]*)"/g)].filter((m) => /NaN|Infinity|undefined/.test(m[1]))).toEqual([]);
    expect(page).not.toMatch(/style="[^"]*(NaN|Infinity)/);
  });

  it('has a text alternative for every drawing', () => {
    const drawings = page.match(/<svg role="img"[\s\S]*?<\/svg>/g) ?? [];
    for (const svg of drawings) expect(svg).toMatch(/<title id="[^"]+">[^<]+<\/title><desc id="[^"]+">[^<]{10,}<\/desc>/);
    expect((page.match(/<svg/g) ?? []).length).toBe((page.match(/<svg (role="img"|aria-hidden="true")/g) ?? []).length);
  });

  it('stays within its size', () => expect(bytes(page)).toBeLessThanOrEqual(LIMIT));
});

describe('renderReport', () => {
  it('writes the same bytes for the same run, however long it took', () => {
    const again = syntheticRun();
    expect(renderReport({ ...again, seconds: 99 }, syntheticExtras(again))).toBe(full);
  });

  it('keeps its size when the run is forty times as long and every name is long', () => {
    const long = syntheticRun({ days: 200_000, symbols: 500, trades: 20_000 });
    const words = 'w<&'.repeat(2000);
    const many = Array.from({ length: 400 }, (_, i) => [`${i} ${words}`, i] as const);
    const { run: worst, extras } = filled(words);
    const page = renderReport({
      ...worst, curve: long.curve, trades: long.trades.map((t, i) => ({ ...t, symbol: `${i % 500}${words}` })), fills: long.fills, from: long.from, to: long.to,
      symbols: long.symbols, params: Object.fromEntries(many), metrics: Object.fromEntries(many), assumptions: many.map(([name]) => name),
      requirements: many.map(([text]) => ({ text, metric: text, value: 1, ok: false })), refused: Object.fromEntries(many),
      checks: many.map(([name]) => ({ name, ok: true, text: name })),
    }, { ...syntheticExtras(long), metricDocs: extras.metricDocs ?? {} });
    expect(bytes(page)).toBeLessThanOrEqual(LIMIT);
    expect(faultsOf(page)).toEqual([]);
  });

  it('draws the extremes of a curve of any length', () => {
    const long = syntheticRun({ days: 60_000, symbols: 1, trades: 0 });
    const equity = long.curve.equity.map((_, i) => (i === 31_111 ? 250 : i === 41_111 ? 90 : 100 + (i % 2)));
    const page = renderReport({ ...long, benchmark: null, curve: { ...long.curve, equity, benchmark: equity.map(() => NaN) } });
    const path = /<path class="line main" d="([^"]+)"/.exec(page)?.[1] ?? '';
    const heights = heightsOf(path);
    expect(heights.length).toBeLessThanOrEqual(1004);
    // All values but one high and one low lie between 100 and 101: the scale is from below 90 to 250 or a little more.
    expect(Math.max(...heights) - Math.min(...heights)).toBeGreaterThan(800);
    expect(heights.filter((h) => h < 100).length).toBe(1);
    expect(heights.filter((h) => h > Math.max(...heights) - 20).length).toBe(1);
  });

  it('says the requirements first, those that failed before the others, in words', () => {
    const at = (text: string): number => full.indexOf(text);
    expect(at('<section id="requirements"')).toBe(full.indexOf('<section'));
    expect(at('1 of 4 requirements not met')).toBeGreaterThan(0);
    expect(at('max_drawdown &gt;= -20%')).toBeLessThan(at('sharpe &gt;= 1'));
    expect(textOf(full)).toMatch(/✗\s+not met/);
    expect(textOf(full)).toMatch(/–\s+not run\s+warmup/);
    expect(renderReport(emptyRun())).toContain('No requirements were set');
  });

  it('holds what repeats the run', () => {
    for (const part of [run.pipelineHash, run.dataHash, run.hash, 'millrace 0.1.0, node 20.20.2', 'stop_atr', '120 trials', '--set fast=12']) expect(full).toContain(part);
  });

  it('holds every chart and table that was given', () => {
    for (const title of ['Account value', 'Drawdown', 'Monthly returns', 'Rolling Sharpe ratio', 'Exposure', 'Worst drawdowns', 'Returns of trades',
      'Worst and best moment of each trade', 'Turnover', 'Costs', 'Best trades', 'Worst trades', 'By symbol', 'By year', 'By regime', 'Monte Carlo', 'Walk-forward',
      'Folds', 'Search', 'Capacity', 'Checks']) expect(full).toMatch(new RegExp(`<h3>${title}`));
    expect(renderReport(run)).not.toMatch(/Monte Carlo|Walk-forward|How far to trust it/);
  });

  it('shows hostile words as words', () => {
    const { run: evil, extras } = filled(EVIL);
    const page = renderReport(evil, extras);
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).not.toMatch(/[\u0000-\u0008\u001b\u202e]|\p{Surrogate}/u);
    expect(page).not.toContain('alert(1)>');
  });
});

describe('heat cells', () => {
  it.each(['light', 'dark'] as const)('can be read on every step, %s', (theme) => {
    for (let step = -HEAT_STEPS; step <= HEAT_STEPS; step++) {
      const back = heatColour(theme, step);
      expect(contrast(back, inkOn(back))).toBeGreaterThanOrEqual(4.5);
    }
  });

  it('tell gains from losses', () => {
    expect([heatClass(0, 1), heatClass(0.01, 1), heatClass(-0.5, 1), heatClass(9, 1), heatClass(NaN, 1), heatClass(1, 0)]).toEqual(['h0', 'hp1', 'hn3', 'hp6', 'h0', 'h0']);
  });

  it('measure contrast as WCAG does', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 10);
    expect(contrast('#767676', '#ffffff')).toBeCloseTo(4.54, 2);
  });
});

describe('renderComparison', () => {
  it('marks the best of each row, and names what was set differently', () => {
    const other = { ...syntheticRun({ seed: 8 }), id: 'other', params: { ...run.params, fast: 8 }, metrics: { ...run.metrics, sharpe: 2, max_drawdown: -0.5 } };
    const page = renderComparison([run, other]);
    const row = (title: string): string => new RegExp(`<th scope="row" class="t">${title}</th>.*?</tr>`, 's').exec(page)?.[0] ?? '';
    expect(row('Sharpe')).toMatch(/1\.02<\/td><td class="n"><span class="best">.*2\.00/s);
    expect(row('Max drawdown')).toMatch(/class="best">.*<td class="n">−50\.00/s);
    expect(row('Volatility')).not.toContain('best');
    expect(row('fast')).toMatch(/>12<.*>8</);
    expect(row('slow')).toBe('');
    expect(page).toContain('2 runs of ema-cross');
  });
});
