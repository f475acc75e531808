import { onTime, SECOND, type Planted } from './planted.ts';

const WINDOW = 10 * SECOND;
const endOf = (ts: number): number => (Math.floor(ts / WINDOW) + 1) * WINDOW;

/** Operators with rows of their own that say something earlier than it could be known. */
export const TIMED: readonly Planted[] = [
  onTime('a bar stamped at its open', 'bar_at_open', {
    row(s, { ts, key, x }) {
      const open = s.rows.find((r) => r.key === key);
      if (open === undefined) s.rows.push({ due: endOf(ts) - 1, key, ts, x });
      else open.x = x;
    },
    fire: (_s, r, out) => out.emit(r.due + 1 - WINDOW, r.key, r.x),
  }),
  onTime('a close that takes the tick behind the bar', 'boundary_tick', {
    row(s, { ts, key, x }, out) {
      const open = s.last[key];
      if (open !== undefined && ts >= open.ts) out.emit(open.ts, key, x);
      if (open === undefined || ts >= open.ts) s.last[key] = { ts: endOf(ts), x };
    },
  }),
  onTime('a label: the return of the next 30 seconds, at their beginning', 'label_ahead', {
    row(s, { ts, key, x }) {
      s.last[key] = { ts, x };
      s.rows.push({ due: ts + 30 * SECOND, key, ts, x });
    },
    fire: (s, r, out) => out.emit(r.ts, r.key, s.last[r.key].x / r.x - 1),
  }),
  onTime('time turned back by ten seconds', 'rewritten_time', { row: (_s, { ts, key, x }, out) => out.emit(ts - WINDOW, key, x) }),
  onTime('a trade with the next quote', 'next_quote', {
    row(s, { ts, key, x, input }, out) {
      if (input === 0) s.last[key] = { ts, x };
      else if (s.last[key] !== undefined) {
        out.emit(s.last[key].ts, key, x - s.last[key].x);
        delete s.last[key];
      }
    },
  }, ['trades', 'quotes']),
  onTime('the close of an interval at its begin', 'resampled', {
    row(s, { ts, key, x }) {
      const open = s.rows.find((r) => r.key === key);
      if (open === undefined) s.rows.push({ due: endOf(ts) - 1, key, ts, x });
      else open.x = x;
    },
    fire: (_s, r, out) => out.emit(r.ts, r.key, r.x),
  }),
  onTime('a turning point at the time of its extreme', 'zigzag', {
    row(s, { ts, key, x }, out) {
      const top = s.last[key];
      if (top === undefined || x >= top.x) s.last[key] = { ts, x };
      else if (x < 0.997 * top.x) {
        out.emit(top.ts, key, top.x);
        s.last[key] = { ts, x };
      }
    },
  }),
  onTime('an order filled at the best price of the next five seconds', 'best_fill', {
    row(s, { ts, key, x }) {
      for (const r of s.rows) if (r.key === key) r.x = Math.min(r.x, x);
      s.rows.push({ due: ts + 5 * SECOND, key, ts, x });
    },
    fire: (_s, r, out) => out.emit(r.ts, r.key, r.x),
  }),
  onTime('a window that waits three seconds for more', 'grace', {
    row(s, { ts, key, x }) {
      const open = s.rows.find((r) => r.key === key);
      if (open === undefined) s.rows.push({ due: endOf(ts) + 3 * SECOND, key, ts, x });
      else open.x += x;
    },
    fire: (_s, r, out) => out.emit(r.due - 3 * SECOND, r.key, r.x),
  }),
  onTime('the next row of the frame, on a clock of its own', 'timed_peek', {
    row(_s, { ts, key, x, frame, i }, out) {
      out.emit(ts, key, i + 1 < frame.n ? (frame.cols[0] as Float64Array)[i + 1] : x);
    },
  }),
  onTime('closes with the last row of a batch', 'batch_bar', {
    row(_s, { ts, key, x, frame, i }, out) {
      if (i === frame.n - 1) out.emit(ts, key, x);
    },
  }),
  onTime('the high of the session at its open', 'session_high', {
    row(s, { ts, key, x }) {
      const open = s.rows.find((r) => r.key === key);
      if (open === undefined) s.rows.push({ due: ts + 120 * SECOND, key, ts, x });
      else open.x = Math.max(open.x, x);
    },
    fire: (_s, r, out) => out.emit(r.ts, r.key, r.x),
  }),
  onTime('only signals that turn out well', 'winners', {
    row(s, { ts, key, x }) {
      for (const r of s.rows) if (r.key === key && r.x < x) r.x = -1;
      s.rows.push({ due: ts + 20 * SECOND, key, ts, x });
    },
    fire: (_s, r, out) => { if (r.x === -1) out.emit(r.ts, r.key, 1); },
  }),
];
