import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../core/diagnostic.ts';
import { linePosition, renderDiagnostic } from './frame.ts';

const at = (text: string, word: string, more: Partial<Diagnostic> = {}): Diagnostic => {
  const start = text.indexOf(word);
  return { code: 'E102', severity: 'error', message: 'what', start, end: start + word.length, label: 'why', ...more };
};
const frame = (text: string, d: Diagnostic, color = false): string[] => renderDiagnostic(d, text, 'f.yaml', { color }).split('\n');

describe('a diagnostic in its frame', () => {
  it('has the form of the command line', () => {
    const text = 'a: 1\nbars: { evry: 1m }\n';
    expect(frame(text, at(text, 'evry', { help: ['`bars` accepts: every'] }))).toEqual([
      'error[E102]: what', ' --> f.yaml:2:9', '  |', '1 | a: 1', '2 | bars: { evry: 1m }', '  |         ^^^^ why',
        '  = `bars` accepts: every',
    ]);
  });

  it('stands in the first line, at the end and in an empty file', () => {
    expect(frame('abc', at('abc', 'abc'))).toEqual(['error[E102]: what', ' --> f.yaml:1:1', '  |', '1 | abc', '  | ^^^ why']);
    expect(frame('', { ...at('', ''), start: 0, end: 0 })).toEqual(['error[E102]: what', ' --> f.yaml:1:1', '  |', '1 |', '  | ^ why']);
    expect(frame('a\nbc', { ...at('', ''), start: 4, end: 4 })[5]).toBe('  |   ^ why');
  });

  it('lines carets up under tabs, wide characters, marks and Windows line ends', () => {
    expect(frame('\ta\tbad\r\n', at('\ta\tbad\r\n', 'bad')).slice(3)).toEqual(['1 |   a  bad', '  |      ^^^ why']);
    expect(frame('株価: bad', at('株価: bad', 'bad')).slice(3)).toEqual(['1 | 株価: bad', '  |       ^^^ why']);
    expect(frame('e\u0301: bad', at('e\u0301: bad', 'bad')).slice(3)).toEqual(['1 | e\u0301: bad', '  |    ^^^ why']);
    expect(frame('😀: 価', at('😀: 価', '価')).slice(3)).toEqual(['1 | 😀: 価', '  |     ^^ why']);
  });

  it('cuts a long line around the fault', () => {
    const text = `x: [${'AAPL, '.repeat(200)}bad, ${'MSFT, '.repeat(200)}]`;
    const [, , , line, carets] = frame(text, at(text, 'bad'));
    expect(line.length).toBeLessThan(120);
    expect(line.slice(carets.indexOf('^'), carets.indexOf('^') + 3)).toBe('bad');
    expect(line).toMatch(/^1 \| ….*…$/);
  });

  it('underlines only the first line of what goes on over several', () => {
    const text = 'a:\n  b: 1\n  c: 2\n';
    expect(frame(text, { ...at(text, 'b'), end: text.length })[5]).toBe('  |   ^^^^ why');
  });

  it('lets nothing of the file move the cursor', () => {
    const text = 'a: \x1b[2J\u202ebad';
    expect(renderDiagnostic(at(text, 'bad', { message: 'm\x1b[31m', label: 'l\r\nx' }), text, 'f',
      { color: false })).not.toMatch(/[\x1b\u202e\r]/);
  });

  it('is coloured on request', () => {
    const text = 'a: bad';
    expect(renderDiagnostic(at(text, 'bad'), text, 'f', { color: true })).toContain('\x1b[31m^^^\x1b[0m');
    expect(renderDiagnostic(at(text, 'bad', { severity: 'warning' }), text, 'f',
      { color: true })).toContain('\x1b[33mwarning[E102]\x1b[0m');
  });
});

describe('the position of an offset', () => {
  it.each([[0, 1, 1], [2, 1, 3], [3, 2, 1], [4, 2, 2], [99, 3, 1]])('%i', (offset, line, column) => {
    expect(linePosition('ab\ncd\n', offset)).toEqual({ line, column });
  });

  it('counts a character once', () => expect(linePosition('😀x', 2)).toEqual({ line: 1, column: 2 }));
});
