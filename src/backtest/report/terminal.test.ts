import { describe, expect, it } from 'vitest';
import { emptyRun, oneDayRun, ruinedRun, syntheticRun } from './report.fixture.ts';
import { comparisonTable, sparkline, summaryTable } from './terminal.ts';

const run = syntheticRun({ days: 800, symbols: 4, trades: 90 });
const visible = (text: string): string => text.replace(/\x1b\[\d*m/g, '');

describe('summaryTable', () => {
  it.each([30, 60, 80, 120])('keeps to %d columns', (width) => {
    for (const r of [run, emptyRun(), oneDayRun(), ruinedRun()]) {
      for (const line of visible(summaryTable(r, { width, color: true })).split('\n')) expect([...line].length).toBeLessThanOrEqual(width);
    }
  });

  it('says what matters', () => {
    const text = summaryTable(run, { width: 100 });
    expect(text).not.toContain('\x1b');
    expect(text).toMatch(/[▁▂▃▄▅▆▇█]{40,}/);
    expect(text).toMatch(/✗ not met +max_drawdown >= -20% +−\d+\.\d\d %|✓ met +max_drawdown/);
    expect(text).toContain('commission 180.00');
    expect(text).toContain('120 trials');
    expect(text).toMatch(/100,000 → \d/);
    expect(text).not.toMatch(/NaN|undefined|null/);
  });

  it('is the same words with colour', () => {
    expect(visible(summaryTable(run, { color: true }))).toBe(summaryTable(run));
    expect(summaryTable(run, { color: true })).toContain('\x1b[32m✓ met');
  });

  it('writes ASCII where that is all there is', () => {
    const text = summaryTable({ ...run, pipeline: 'größe' }, { unicode: false });
    expect(text).toMatch(/^[\x20-\x7e\n]+$/);
    expect(text).toMatch(/[_.\-=+*#@]{40,}/);
  });

  it('lets no escape sequence of a name through', () => {
    const text = summaryTable({ ...run, pipeline: 'a\x1b[2Jb\n\u202ec', checks: [{ name: 'x\x07', ok: false, text: '\x1b]0;t\x07' }] });
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e]/);
    expect(text.split('\n')[0]).toBe('a?[2Jb??c');
  });
});

describe('sparkline', () => {
  it('spans lowest to highest', () => {
    expect(sparkline(Float64Array.of(0, 1, 2, 3, 4, 5, 6, 7), 8)).toBe('▁▂▃▄▅▆▇█');
    expect(sparkline(Float64Array.of(1, 1, 1), 8)).toBe('▄▄▄');
    expect(sparkline(Float64Array.of(5), 8)).toBe('');
    expect(sparkline(Float64Array.of(NaN, 1, 2), 8)).toBe('▁█');
    expect([...sparkline(run.curve.equity, 33)].length).toBe(33);
  });
});

describe('comparisonTable', () => {
  const other = { ...run, id: 'other', params: { ...run.params, fast: 8 }, metrics: { ...run.metrics, sharpe: 3 } };

  it('marks the best and says where the runs parted', () => {
    const text = comparisonTable([run, other], { difference: { kind: 'signal', ts: run.from, left: 'buy', right: null } });
    expect(text).toMatch(/^fast +12 +8$/m);
    expect(text).toMatch(/^Sharpe +1\.02 +★ 3\.00$/m);
    expect(text).toContain('First difference: signal at 2004-01-02 20:30');
    expect(text).toMatch(/ema-cross other {2}nothing$/m);
    expect(comparisonTable([run, other], { difference: null })).toContain('are the same');
  });

  it('puts runs that do not fit below', () => {
    const many = Array.from({ length: 7 }, (_, i) => ({ ...run, id: `run${i}`, metrics: { sharpe: i } }));
    const text = comparisonTable(many, { width: 70 });
    for (const line of text.split('\n')) expect([...line].length).toBeLessThanOrEqual(70);
    for (let i = 0; i < 7; i++) expect(text).toContain(`ema-cross run${i}`);
  });
});
