import { Refusal } from '../../src/core/diagnostic.ts';
import { choice, duration, object } from '../../src/core/field.ts';
import { timed, type BoundArgs, type StreamInfo } from '../../src/core/operator.ts';
import { formatDuration } from '../../src/core/time.ts';
import { joinedSchema } from './columns.ts';
import { asofJoin } from './asof.ts';
import { Pairing } from './pairing.ts';

type How = 'asof' | 'inner' | 'outer' | 'interval';

function checkScopes(how: How, [left, right]: readonly StreamInfo[]): void {
  if (how === 'asof' && left.scope === 'market' && right.scope !== 'market') {
    throw new Refusal(
      'E322', `\`${left.id}\` has one row for the whole market and \`${right.id}\` one per symbol, so which symbol is meant is unknown`,
      { help: [`Put the stream per symbol first: \`from: [${right.id}, ${left.id}]\`.`] },
    );
  }
}

function between(args: BoundArgs): { readonly before: number; readonly after: number } {
  const within = args.within as { readonly before?: number; readonly after?: number } | undefined;
  return args.how === 'interval' ? { before: within?.before ?? 0, after: within?.after ?? 0 } : { before: 0, after: 0 };
}

export const join = timed({
  name: 'join',
  family: 'join',
  summary: 'Rows of two streams side by side, by key and event time.',
  doc: '`from: [left, right]`. The columns are those of the left, then those of the right; a name of the right that the left has too '
    + 'becomes `<right id>_<name>`. Rows meet under the same key; a stream with one row for the whole market meets every key.\n\n'
    + '`asof`: every left row comes out at once with the newest right row that is complete, not later than the left row and not older '
    + 'than `tolerance`; else the right columns are null. A right row whose event time lies in the left row\'s future is never seen.\n'
    + '`inner`: pairs of equal event time, when the second of the two arrives. Several rows of one time all meet each other.\n'
    + '`outer`: as `inner`, and a row that met nobody comes out alone when the watermark passes it.\n'
    + '`interval`: all pairs with the right row in [left - before, left + after]; the pair carries the later of the two times.\n\n'
    + 'Rows that arrive after the watermark has passed them are late: dropped and counted; those of the left are copied to `<node>.late` '
    + 'under `late: side_output`. Under `late: update` they are counted too, as a pair that went out is not taken back. A row kept to be '
    + 'met is forgotten when the watermark passes its last chance, so the state is what arrives within `before`, `after` and the '
    + 'lateness; rows that `inner` and `interval` let go unmet count as filtered.',
  fields: {
    how: choice(['asof', 'inner', 'outer', 'interval'], { doc: 'Which rows meet.', default: 'asof' }),
    tolerance: duration({
      doc: 'Oldest right row that `asof` takes, measured back from the left row; any age if left out.', optional: true,
    }),
    within: object({
      before: duration({ doc: 'How long before the left row a right row may be.', default: 0 }),
      after: duration({ doc: 'How long after the left row a right row may be.', default: 0 }),
    }, { doc: 'Time around the left row in which `interval` looks for right rows, both ends included.', optional: true }),
  },
  shorthand: 'how',
  inputs: [2, 2],
  examples: [
    { title: 'Every trade with the last bar complete by then',
      yaml: 'priced:\n  from: [trades, bars]\n  join: { how: asof, tolerance: 5m }' },
    { title: 'Bars with the trades of the ten seconds after them',
      yaml: 'reaction:\n  from: [bars, trades]\n  join: { how: interval, within: { after: 10s } }' },
  ],
  check(args) {
    const how = (args.how ?? 'asof') as How;
    if (how !== 'asof' && (args.tolerance ?? null) !== null) {
      return { field: 'tolerance', message: `\`tolerance\` belongs to \`how: asof\`, but this join is \`${how}\`` };
    }
    if (how !== 'interval' && (args.within ?? null) !== null) {
      return { field: 'within', message: `\`within\` belongs to \`how: interval\`, but this join is \`${how}\`` };
    }
    if (how === 'interval' && (args.within ?? null) === null) {
      return { field: 'how', message: 'an interval join needs `within: { before: ..., after: ... }`' };
    }
    return null;
  },
  schema(args, inputs) {
    checkScopes(args.how as How, inputs);
    return joinedSchema(inputs[0], inputs[1]);
  },
  clock: (args) => String(args.how),
  scope: (_args, inputs) => (inputs.every((s) => s.scope === 'market') ? 'market' : 'key'),
  warmup: () => 1,
  stateSize(args, [, right], time) {
    if (args.how === 'asof') return { bytes: 8 * (1 + right.schema.length), grows: 'and right rows that the watermark has not passed' };
    const { before, after } = between(args);
    const reach = Math.max(before, after) + time.lateness;
    return { bytes: 0, grows: reach === 0 ? 'and the rows of the moment' : `and the rows of the last ${formatDuration(reach)}` };
  },
  create(args, io, saved) {
    if (args.how === 'asof') return asofJoin(io, (args.tolerance as number | undefined) ?? Infinity, saved);
    return new Pairing(io, { ...between(args), outer: args.how === 'outer' }, saved);
  },
});
