import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ByteTable } from './byte-table.ts';

it('numbers texts as a map would, in order of first appearance', () => {
  fc.assert(fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 3 }), { maxLength: 2000 }), (texts) => {
    const table = new ByteTable();
    const map = new Map<string, number>();
    for (const text of texts) {
      if (!map.has(text)) map.set(text, map.size);
      expect(table.lookupText(text)).toBe(map.get(text));
    }
    expect(table.texts).toEqual([...map.keys()]);
  }));
});
