import { extremeInputs, genericInputs } from './contract-inputs.ts';
import type { Kernel } from './kernel.ts';
import type { OverState } from './over.ts';
import type { Random } from './random.ts';
import { runKernel, runOver, withDefaults, type TimedRows } from './run-kernel.ts';

/** What a function that works over spans of time promises; functions return the list of broken promises, as in `contract.ts`. */
type Violations = string[];

const ROWS = 400;
const STEP = 1_000_000;
const SPANS = [1, STEP, 7 * STEP, 45 * STEP, 1000 * STEP];

const same = (a: Float64Array, b: Float64Array): boolean => a.length === b.length && a.every((x, i) => Object.is(x, b[i]));
const near = (x: number, y: number): boolean => (Number.isNaN(x) ? Number.isNaN(y) : Math.abs(x - y) <= 1e-7 * Math.max(1, Math.abs(x)));

const overOf = (kernel: Kernel, micros: number): OverState | null => kernel.over({ ...withDefaults(kernel), period: { micros } });
const make = (kernel: Kernel, micros: number): OverState => overOf(kernel, micros) as OverState;

/** Rows of `keys` keys at uneven times, pauses among them; with `late`, some come after newer ones. */
function timedRows(kernel: Kernel, random: Random, keys: number, late: boolean): TimedRows {
  const ts = new Float64Array(ROWS);
  const key = new Int32Array(ROWS);
  let now = 1_700_000_000 * STEP;
  for (let r = 0; r < ROWS; r++) {
    const kind = random.next();
    now += kind < 0.1 ? 0 : kind < 0.97 ? random.int(1, 3 * STEP) : random.int(1, 60 * STEP);
    ts[r] = late && random.next() < 0.2 ? now - random.int(0, 30 * STEP) : now;
    key[r] = random.int(0, keys - 1);
  }
  return { ts, key, inputs: genericInputs(kernel.inputs, ROWS, random) };
}

const only = (rows: TimedRows, keep: (r: number) => boolean): TimedRows => ({
  ts: rows.ts.filter((_, r) => keep(r)), key: new Int32Array(rows.key.filter((_, r) => keep(r)).length),
  inputs: rows.inputs.map((x) => x.filter((_, r) => keep(r))),
});

/** Rows of several keys in turn give what each gives alone. */
function checkKeys(kernel: Kernel, span: number, random: Random): Violations {
  const rows = timedRows(kernel, random, 3, true);
  const out = runOver(kernel, make(kernel, span), rows);
  return [0, 1, 2].flatMap((k) => {
    const alone = runOver(kernel, make(kernel, span), only(rows, (r) => rows.key[r] === k));
    return same(out.filter((_, r) => rows.key[r] === k), alone) ? [] : [`over ${span}: key ${k} differs from the same key alone`];
  });
}

/** A saved state goes on to the same bits in a new instance, and saving leaves no link to the one that goes on. */
function checkResume(kernel: Kernel, span: number, random: Random): Violations {
  const rows = timedRows(kernel, random, 3, true);
  const whole = runOver(kernel, make(kernel, span), rows);
  for (let i = 0; i < 6; i++) {
    const cut = random.int(0, ROWS - 1);
    const state = make(kernel, span);
    runOver(kernel, state, rows, 0, cut);
    const saved = structuredClone(state.save());
    const next = make(kernel, span);
    next.load(structuredClone(saved));
    const rest = runOver(kernel, next, rows, cut);
    if (!same(rest, whole.slice(cut))) return [`over ${span}: resumed after row ${cut} of ${ROWS} the output differs`];
    const held = state.save();
    runOver(kernel, state, rows, cut);
    const back = make(kernel, span);
    back.load(held);
    if (!same(runOver(kernel, back, rows, cut), rest)) return [`over ${span}: what was saved changes as the state goes on`];
  }
  return [];
}

/** On rows `step` apart, a span of n steps is a window of n rows. */
function checkRows(kernel: Kernel, random: Random): Violations {
  const least = Math.max(kernel.params['period']?.min ?? 1, kernel.warmup({ ...withDefaults(kernel), period: { micros: STEP } }));
  return [least, least + 1, least + 12].flatMap((n) => {
    const inputs = genericInputs(kernel.inputs, ROWS, random);
    const p = { ...withDefaults(kernel), period: { rows: n } };
    const want = runKernel(kernel, p, inputs)[0];
    const ts = want.map((_, r) => r * STEP);
    const out = runOver(kernel, make(kernel, n * STEP), { ts, key: new Int32Array(ROWS), inputs });
    const first = kernel.warmup(p) - 1;
    const bad = want.findIndex((x, r) => r >= first && !near(x, out[r]));
    return bad < 0 ? [] : [`over: on even rows, ${n} steps of time give ${out[bad]} on row ${bad + 1}, ${n} rows give ${want[bad]}`];
  });
}

/** The declared number of rows, and no fewer, until there is a value; then it speaks. */
function checkWarmup(kernel: Kernel, random: Random): Violations {
  const p = { ...withDefaults(kernel), period: { micros: 3600 * STEP } };
  const warm = kernel.warmup(p);
  const rows = timedRows(kernel, random, 1, false);
  const first = runOver(kernel, make(kernel, 1e6 * STEP), rows).findIndex((x) => x === x) + 1;
  return first === warm ? [] : [`over: speaks on row ${first}, declared is ${warm}`];
}

/** After a pause as long as the span nothing of what was before is left; extreme values never give an infinity. */
function checkPast(kernel: Kernel, span: number, random: Random): Violations {
  const state = make(kernel, span);
  const wild = timedRows(kernel, random, 1, true);
  const during = runOver(kernel, state, { ...wild, inputs: extremeInputs(kernel.inputs, ROWS, random) });
  const rows = timedRows(kernel, random, 1, false);
  const later = { ...rows, ts: rows.ts.map((t) => t + 1e4 * STEP + span) };
  const after = runOver(kernel, state, later);
  const found: Violations = during.some((x) => x === Infinity || x === -Infinity) ? [`over ${span}: an infinite output`] : [];
  const fresh = runOver(kernel, make(kernel, span), later);
  if (!after.every((x, r) => near(fresh[r], x))) found.push(`over ${span}: rows that have left the span still count`);
  return found;
}

/** All promises of a function over spans of time; none where it has rows only. */
export function checkOver(kernel: Kernel, random: Random): Violations {
  if (overOf(kernel, STEP) === null) return [];
  if (kernel.outputs.length > 1) return ['over: a function over time has one output'];
  const spans = SPANS.flatMap((span) => [checkKeys, checkResume, checkPast].flatMap((check) => check(kernel, span, random)));
  return [...checkRows(kernel, random), ...checkWarmup(kernel, random), ...spans];
}
