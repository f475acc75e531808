import { describe, expect, it } from 'vitest';
import { Refusal } from '../core/diagnostic.ts';
import type { SourceDecl } from '../language/document.ts';
import { SCHEMAS } from '../core/types.ts';
import { batchOf, lengthOf, moment, mustKnow, overridden, pairs, speedOf } from './overrides.ts';

const SOURCE: SourceDecl = {
  id: 'trades', connector: 'nats', args: { subject: 'md.{symbol}' }, schemaName: 'trade', schema: SCHEMAS.trade, optional: ['side'], key: 'symbol',
  time: { field: 'ts', unit: null, timezone: 'UTC' }, stamp: null, every: null, poisoned: false, start: 0, end: 0,
};

describe('sources given on the command line', () => {
  it('are told by the ending of the file and keep the schema', () => {
    const csv = overridden(SOURCE, 'a/t.csv.gz', null, '/w');
    expect(csv).toMatchObject({ connector: 'csv', schema: SOURCE.schema, args: { path: ['/w/a/t.csv.gz'], delimiter: ',', order: 'time' } });
    expect(overridden(SOURCE, 't.jsonl', null, '/w').connector).toBe('jsonl');
    expect(overridden(SOURCE, 't.arrow', null, '/w').connector).toBe('arrow');
    expect(overridden(SOURCE, 't.tsv', null, '/w').args.delimiter).toBe('tab');
    expect(() => overridden(SOURCE, 't.xls', null, '/w')).toThrow(Refusal);
  });

  it('keep the settings of a file of the same kind', () => {
    const file = { ...SOURCE, connector: 'csv', args: { path: ['old.csv'], fields: { price: 'px' } } };
    expect(overridden(file, 'new.csv', null, '/w').args).toMatchObject({ path: ['/w/new.csv'], fields: { price: 'px' } });
    expect(overridden(file, 'new.arrow', null, '/w').args).not.toHaveProperty('fields');
  });

  it('may be a synthetic market of the pipeline’s universe', () => {
    expect(overridden(SOURCE, 'synthetic', ['X', 'Y'], '/w').args).toMatchObject({ symbols: ['X', 'Y'], seed: 7 });
    expect(overridden(SOURCE, 'synthetic:seed=9,rate=0.5,length=2h,symbols=A+B', ['X'], '/w').args)
      .toMatchObject({ symbols: ['A', 'B'], seed: 9, rate: 0.5, length: 7_200_000_000 });
    expect(() => overridden(SOURCE, 'synthetic:sed=9', null, '/w')).toThrow(/no setting `sed`/);
    expect(() => overridden(SOURCE, 'synthetic:seed=x', null, '/w')).toThrow(/does not fit/);
  });
});

describe('flags', () => {
  it('are read or refused with exit code 2', () => {
    expect([...pairs('-p', ['a=1', 'b=x=y'])]).toEqual([['a', '1'], ['b', 'x=y']]);
    expect(() => pairs('-p', ['a'])).toThrow(/name=value/);
    expect([batchOf('1'), batchOf('4096'), batchOf('random:7')]).toEqual([1, 4096, { seed: 7 }]);
    expect([speedOf('60x', 1), speedOf('max', 1), speedOf(undefined, 3)]).toEqual([60, Infinity, 3]);
    expect(moment('--from', '2024-01-02')).toBe(1_704_153_600_000_000);
    expect(lengthOf('--for', '90s')).toBe(90_000);
    const wrong = [() => batchOf('0'), () => batchOf('1e3'), () => speedOf('fast', 1), () => moment('--to', 'soon'), () => lengthOf('--for', '5')];
    for (const f of wrong) expect(f).toThrow(expect.objectContaining({ code: 'E901', exit: 2 }) as Error);
  });

  it('name the nearest of what there is', () => {
    expect(() => mustKnow('featres', ['bars', 'features'], 'node')).toThrow(expect.objectContaining({
      help: ['did you mean `features`?', 'nodes: bars, features'],
    }) as Error);
  });
});
