import { describe, expect, it } from 'vitest';
import { clock, Progress, short } from './progress.ts';
import { paints, terminal, wantsColor } from './terminal.ts';

describe('colour', () => {
  it('follows the flag, then FORCE_COLOR, then NO_COLOR, then the stream', () => {
    expect(wantsColor('always', false, { NO_COLOR: '1' })).toBe(true);
    expect(wantsColor('never', true, { FORCE_COLOR: '1' })).toBe(false);
    expect(wantsColor('auto', false, { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(true);
    expect(wantsColor('auto', true, { NO_COLOR: '1' })).toBe(false);
    expect(wantsColor(undefined, true, {})).toBe(true);
    expect(wantsColor('auto', true, { TERM: 'dumb' })).toBe(false);
    expect(paints(false).bad('x')).toBe('x');
    expect(paints(true).bad('x')).toBe('\x1b[31mx\x1b[0m');
  });
});

describe('progress', () => {
  it('shows share, rate and the time that is left', () => {
    const t = { ...terminal({}), isTty: true };
    expect(new Progress(t).line(4_200, 1_715_904_000_000_000, 2)).toBe('4200 rows  2024-05-17  2100 rows/s');
    const p = new Progress({ ...t, progress: false });
    const bounded = new Progress(t, { from: 0, to: 100 });
    expect(bounded.line(1_310_000, 50, 1)).toBe('▕████    ▏ 50 %  1970-01-01  1.31 M rows/s  ETA 0:01');
    expect(() => p.update(1, 1, 2)).not.toThrow();
  });

  it('writes numbers and times for reading', () => {
    expect([short(7), short(42_000), short(1_310_000)]).toEqual(['7', '42.0 k', '1.31 M']);
    expect([clock(38), clock(3723)]).toEqual(['0:38', '1:02:03']);
  });
});
