import { describe, expect, it } from 'vitest';
import { formulaScope } from '../../../test/formula-scope.ts';
import { Random } from '../../core/random.ts';
import { parseFormula } from './parse.ts';
import { resolveFormula } from './resolve.ts';

const FORMULAS = [
  'crosses_above(close, open) and rsi(close, 14) < 70', 'macd(close, 12, 26).hist / volume', 'stdev(volume, $fast) > $edge',
  'if(side == buy, high, low) * zscore(volume, robust: true)', 'severity >= warning and anomaly.score > 3', 'asof(quotes.bid, max_age: 5m)',
  'asof(bars5.close) - ema(close, $fast)', 'symbol in $names and minute_of_day(ts) > 30', 'coalesce(level, close) + vwma(close, 20)',
  'smooth(close, by: wilder) + decay(volume, half: 2h)', 'clamp(close, low, high) + sigmoid(volume)', 'bars_since(close > open) < 5',
];
const KEPT = new Set(['and', 'or', 'not', 'in', 'if', 'true', 'm', 'h', 'ts']);

function misspelt(word: string, random: Random): string {
  const i = random.int(0, word.length - 1);
  const letter = String.fromCharCode(random.int(97, 122));
  switch (random.int(0, 3)) {
    case 0: return word.slice(0, i) + word.slice(i + 1);
    case 1: return word.slice(0, i) + letter + word.slice(i);
    case 2: return word.slice(0, i) + letter + word.slice(i + 1);
    default: return word.slice(0, i) + word.slice(i, i + 2).split('').reverse().join('') + word.slice(i + 2);
  }
}

describe('one misspelt name', () => {
  it('is one fault, at its place, with the right name, in 95 of 100 cases and more', () => {
    const random = new Random(7);
    const scope = formulaScope();
    let tried = 0;
    const missed: string[] = [];
    for (let run = 0; run < 4000; run++) {
      const text = FORMULAS[run % FORMULAS.length];
      const words = [...text.matchAll(/[a-z_]\w*/gi)].filter((m) => !KEPT.has(m[0]) && m[0].length > 2);
      const { 0: word, index } = words[random.int(0, words.length - 1)];
      const wrong = misspelt(word, random);
      const written = text.slice(0, index) + wrong + text.slice(index + word.length);
      const { ast, diagnostics } = parseFormula(written, 0);
      if (!/^[a-z_]\w*$/i.test(wrong)) continue;
      const said = [...diagnostics, ...resolveFormula(ast, scope, null).diagnostics];
      // A misspelling may happen to be another right name.
      if (said.length === 0) continue;
      tried++;
      const [d] = said;
      const right = said.length === 1 && d.start <= index + wrong.length && d.end >= index && d.suggestion?.includes(word) === true;
      if (!right) missed.push(`${written}: ${said.map((x) => `${x.message} (${x.label})`).join('; ')}`);
    }
    expect(tried).toBeGreaterThan(3000);
    expect(missed.length / tried, missed.slice(0, 40).join('\n')).toBeLessThan(0.05);
  });
});
