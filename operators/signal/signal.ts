import { choice, duration, formula, int } from '../../src/core/field.ts';
import type { Frame } from '../../src/core/frame.ts';
import { cell } from '../../src/core/layout.ts';
import { column, row, type BoundArgs, type ColumnRef } from '../../src/core/operator.ts';
import { SIDE } from '../../src/core/types.ts';

const SELL = SIDE.values.indexOf('sell');
const HOLD = SIDE.values.indexOf('hold');
const BUY = SIDE.values.indexOf('buy');

const DOC = 'Conditions are three-valued: one that is null (an indicator not yet warm) does not fire. On every row the conditions name '
  + 'a side: `buy` or `sell` where that condition is true; `hold` where none is, where both are, and wherever `hold_if` is true.\n\n'
  + 'Two things may turn that side back into hold. `confirm: n` wants the same side named on n rows running (the nth fires). `cooldown` '
  + 'lets no signal begin within that event time of the key\'s last one; a side still named when it is over fires then.\n\n'
  + 'With `emit: changes` a row comes out when a buy or sell begins: the row before was not on that side. A condition that stays true is '
  + 'one signal; when it was false (or null) in between, the next time is a new one; a buy straight after a sell is new as well. Hold is '
  + 'never emitted. With `emit: all` every row comes out with its side, hold included. Rows that do not come out count as filtered.\n\n'
  + 'The columns are added to the input\'s: `side`; `strength`, by convention 0 to 1, 1 if not given, 0 on hold; `confidence`, null if '
  + 'not given; `price`, null if the input has no such column; and `reason`, the comparisons that decided with their values.';

const optional = (args: BoundArgs, name: string): number => (args[name] as ColumnRef | null | undefined)?.slot ?? -1;

const isTrue = (frame: Frame, slot: number, i: number): boolean => slot >= 0 && (frame.cols[slot] as Float64Array)[i] === 1;

function named(frame: Frame, i: number, buy: number, sell: number, holdIf: number): number {
  if (isTrue(frame, holdIf, i)) return HOLD;
  const up = isTrue(frame, buy, i);
  return up === isTrue(frame, sell, i) ? HOLD : up ? BUY : SELL;
}

export const signal = row({
  name: 'signal',
  family: 'signal',
  summary: 'Turns conditions into buy, sell and hold.',
  doc: DOC,
  fields: {
    buy: formula({ doc: 'When to buy.', type: 'bool', optional: true }),
    sell: formula({ doc: 'When to sell.', type: 'bool', optional: true }),
    hold_if: formula({ doc: 'When to do nothing whatever the others say.', type: 'bool', optional: true }),
    confidence: formula({ doc: 'How sure the signal is, such as a model\'s probability.', optional: true }),
    strength: formula({ doc: 'How strong the signal is, 0 to 1.', optional: true }),
    price: formula({ doc: 'Price that the signal refers to.', default: 'close', optional: true }),
    confirm: int({ doc: 'Rows running on which a side must be named.', default: 1, min: 1, max: 100_000, unit: 'rows' }),
    cooldown: duration({ doc: 'Event time after a signal in which no other one begins for the key.', default: 0 }),
    emit: choice(['changes', 'all'], { doc: 'Rows that come out: those on which a signal begins, or all.', default: 'changes' }),
  },
  inputs: [1, 1],
  examples: [
    { title: 'Cross of two averages',
      yaml: 'cross:\n  from: bars\n  signal:\n    buy: crosses_above(ema(close, 12), ema(close, 26))\n'
        + '    sell: crosses_below(ema(close, 12), ema(close, 26))' },
    { title: 'Confirmed and paced',
      yaml: 'dips:\n  from: bars\n  signal: { buy: "rsi(close, 14) < 30", hold_if: volume < 1000, confirm: 2, cooldown: 30m }' },
  ],
  check(args) {
    const absent = (name: string): boolean => (args[name] ?? null) === null;
    return absent('buy') && absent('sell') ? { field: 'buy', message: 'a signal needs a `buy` or a `sell` condition' } : null;
  },
  schema: () => [
    column('side', SIDE, 'buy, sell or hold.'),
    column('strength', 'f64', 'How strong, by convention 0 to 1; 0 on hold.'),
    column('confidence', 'f64', 'How sure; null if not given.'),
    column('price', 'f64', 'Price that the signal refers to.'),
    column('reason', 'text', 'The comparisons that decided, with their values.'),
  ],
  warmup: (args) => args.confirm as number,
  state: () => ({ named: cell(HOLD), run: cell(), side: cell(HOLD), last: cell(-Infinity) }),
  step(args, at) {
    const [buy, sell, holdIf] = [optional(args, 'buy'), optional(args, 'sell'), optional(args, 'hold_if')];
    const [strength, confidence, price] = [optional(args, 'strength'), optional(args, 'confidence'), optional(args, 'price')];
    const confirm = args.confirm as number;
    const cooldown = args.cooldown as number;
    const all = args.emit === 'all';
    return (S, b, frame, i, slots): boolean => {
      const now = named(frame, i, buy, sell, holdIf);
      const run = now === S[b + at.named] ? S[b + at.run] + 1 : 1;
      S[b + at.named] = now;
      S[b + at.run] = run;
      const before = S[b + at.side];
      let side = run >= confirm ? now : HOLD;
      // A signal that goes on is no new one, so the cooldown does not cut it short.
      if (side !== HOLD && side !== before && cooldown > 0 && frame.ts[i] - S[b + at.last] < cooldown) side = HOLD;
      const begins = side !== HOLD && side !== before;
      if (begins) S[b + at.last] = frame.ts[i];
      S[b + at.side] = side;
      if (!begins && !all) return false;
      const cols = frame.cols;
      (cols[slots[0]] as Float64Array)[i] = side;
      (cols[slots[1]] as Float64Array)[i] = side === HOLD ? 0 : strength < 0 ? 1 : (cols[strength] as Float64Array)[i];
      (cols[slots[2]] as Float64Array)[i] = confidence < 0 ? NaN : (cols[confidence] as Float64Array)[i];
      (cols[slots[3]] as Float64Array)[i] = price < 0 ? NaN : (cols[price] as Float64Array)[i];
      return true;
    };
  },
});
