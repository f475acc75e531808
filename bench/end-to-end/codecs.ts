import { parseTemplate } from '../../src/bus/subject.ts';
import { SourceDecoder } from '../../src/connect/message-decode.ts';
import { OutputEncoder } from '../../src/connect/message-encode.ts';
import type { OutputRows, SourceContext } from '../../src/core/connector.ts';
import { KeyTable } from '../../src/core/keys.ts';
import type { Envelope } from '../../src/core/message.ts';
import { SCHEMAS } from '../../src/core/types.ts';
import { compete, round, type Result } from '../measure.ts';
import { makeTrades } from '../trades.ts';

const SUBJECT = 'md.trades.{symbol}';
const KEYS = 500;

/** Trades as rows, cents and whole sizes as exchanges have them. */
function tradeRows(n: number): OutputRows {
  const t = makeTrades(n, KEYS);
  const keys = new KeyTable();
  for (let k = 0; k < KEYS; k++) keys.intern(`S${k}`);
  return {
    n, sel: null, keys, seq: Float64Array.from({ length: n }, (_, i) => i), ts: t.ts, key: t.key,
    cols: [t.price.map((x) => Math.round(x * 100) / 100), t.size, Float64Array.from({ length: n }, (_, i) => i % 2)],
  };
}

const bytes = (payload: Uint8Array | string): Uint8Array => (typeof payload === 'string' ? Buffer.from(payload, 'utf8') : payload);
const envelope = (subject: string, payload: Uint8Array): Envelope => ({ subject, payload, header: () => '' });

/** Messages of so many rows each. Their symbols are in the messages; in JSON of one row the subject says it as well. */
function messages(rows: OutputRows, codec: string, per: number): { encode: () => number; made: Envelope[] } {
  const encoder = new OutputEncoder(
    { id: 'o', pipeline: 'p', schema: SCHEMAS.trade, args: { subject: SUBJECT, codec }, base: '.' }, parseTemplate(SUBJECT, 'output'));
  const at = new Int32Array(per);
  const each = (use: (payload: Uint8Array | string, i: number) => void): void => {
    for (let from = 0; from + per <= rows.n; from += per) {
      for (let i = 0; i < per; i++) at[i] = from + i;
      use(encoder.encode(rows, at, per), from);
    }
  };
  const made: Envelope[] = [];
  each((payload, i) => made.push(envelope(encoder.subject(rows, i), bytes(payload))));
  return {
    made,
    encode: () => {
      let sum = 0;
      each((payload) => { sum += payload.length; });
      return sum;
    },
  };
}

/** One trade a message as a feed writes it: numbers of microseconds, no symbol, which the subject has. */
const feedMessages = (rows: OutputRows): Envelope[] => Array.from({ length: rows.n }, (_, i) => {
  const trade = { ts: rows.ts[i], price: rows.cols[0][i], size: rows.cols[1][i], side: i % 2 === 1 ? 'buy' : 'sell' };
  return envelope(`md.trades.S${rows.key[i]}`, Buffer.from(JSON.stringify(trade), 'utf8'));
});

function decoderOf(codec: string, scan = true): (made: readonly Envelope[]) => void {
  const ctx: SourceContext = {
    id: 's', schema: SCHEMAS.trade, keys: new KeyTable(), args: { subject: SUBJECT, codec }, base: '.',
    time: { field: 'ts', unit: null, timezone: 'UTC' }, optional: ['side'],
  };
  const decoder = new SourceDecoder(ctx, { subject: parseTemplate(SUBJECT, 'source'), scan });
  return (made) => {
    for (let i = 0; i < made.length; i++) {
      decoder.decode(made[i], i);
      if (decoder.chunk.n >= 4096) decoder.clear();
    }
    decoder.clear();
    if (decoder.bad.count > 0) throw new Error(decoder.bad.first[0].message);
  };
}

function parseAll(made: readonly Envelope[]): number {
  let sum = 0;
  for (const m of made) sum += (JSON.parse((m.payload as Buffer).toString('utf8')) as { size: number }).size;
  return sum;
}

/**
 * Rows of messages decoded and encoded by each codec; JSON beside JSON.parse of the same bytes, which makes no row yet. As many messages as
 * stay near the processor, as those that have just arrived do.
 */
export function codecs(rows: number, rounds: number): Result[] {
  const all = tradeRows(rows - (rows % 1024));
  const feed = feedMessages(all);
  const [scanned, parsed] = [decoderOf('json'), decoderOf('json', false)];
  const json = compete(rounds, { scanned: () => scanned(feed), parsed: () => parsed(feed), bare: () => { parseAll(feed); } });
  const rate = (ns: number): number => round((all.n / ns) * 1e3);
  const out: Result[] = [
    { name: 'decode json, a trade a message', value: rate(json.scanned), unit: 'M rows/s', against: 'time of JSON.parse alone',
      ratio: round(json.scanned / json.bare) },
    { name: 'decode json by JSON.parse', value: rate(json.parsed), unit: 'M rows/s', against: 'time of JSON.parse alone',
      ratio: round(json.parsed / json.bare) },
  ];
  for (const codec of ['json', 'arrow', 'compact']) {
    for (const per of codec === 'json' ? [1] : [16, 1024]) {
      const { made, encode } = messages(all, codec, per);
      const decode = decoderOf(codec);
      const ns = compete(rounds, { decode: () => decode(made), encode: () => { encode(); } });
      const size = made.reduce((n, m) => n + m.payload.length, 0) / all.n;
      const name = `${codec}, ${per === 1 ? 'a row' : `${per} rows`} a message`;
      out.push(
        { name: `decode ${name} (${round(size)} bytes a row)`, value: rate(ns.decode), unit: 'M rows/s', against: null, ratio: null },
        { name: `encode ${name}`, value: rate(ns.encode), unit: 'M rows/s', against: null, ratio: null },
      );
    }
  }
  return out;
}
