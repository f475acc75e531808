import { expect, it } from 'vitest';
import { parseReplay } from './replay-from.ts';

it.each([
  ['all', { kind: 'all' }], ['new', { kind: 'new' }], ['last_2h', { kind: 'last', micros: 7_200_000_000 }],
  ['last_1h30m', { kind: 'last', micros: 5_400_000_000 }], ['1970-01-01T00:00:01Z', { kind: 'since', time: 1_000_000 }],
  ['1970-01-02', { kind: 'since', time: 86_400_000_000 }],
  ['last', null], ['last_', null], ['last_0s', null], ['last_2x', null], ['ALL', null], ['yesterday', null],
  ['', null], ['2024-13-01', null],
])('%s', (text, want) => {
  expect(parseReplay(text)).toEqual(want);
});
