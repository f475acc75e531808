import { extremeInputs, genericInputs } from './contract-inputs.ts';
import { checkOver } from './contract-over.ts';
import { Random } from './random.ts';
import type { Example, Kernel } from './kernel.ts';
import { runKernel, withDefaults } from './run-kernel.ts';

/**
 * What every kernel promises, as functions that return the list of broken promises. They run over the kernels that ship and over a
 * user's own (`millrace test --operators`); planted faults keep the checks themselves honest.
 */
export type Violations = string[];
type Params = Readonly<Record<string, unknown>>;

/** Default parameters first, then `count` small random ones that the kernel's own check accepts. */
export function parameterSets(kernel: Kernel, count: number, random: Random): Params[] {
  const sets: Params[] = [withDefaults(kernel)];
  for (let tries = 0; sets.length <= count && tries < 50 * count; tries++) {
    const p: Record<string, unknown> = { ...withDefaults(kernel) };
    for (const [name, field] of Object.entries(kernel.params)) {
      if (field.kind === 'int' || field.kind === 'span') p[name] = (field.min ?? 1) + random.int(0, 11);
    }
    if (kernel.check(p) === null) sets.push(p);
  }
  return sets;
}

/** Rows consumed until each output is there. */
export function warmups(kernel: Kernel, p: Params): number[] {
  const named = kernel.warmups(p);
  return kernel.outputs.map((o) => named[o.name] ?? kernel.warmup(p));
}

const same = (a: Float64Array, b: Float64Array): boolean => a.length === b.length && a.every((x, i) => Object.is(x, b[i]));
const sameAll = (a: readonly Float64Array[], b: readonly Float64Array[]): boolean => a.every((column, i) => same(column, b[i]));
const rowsFor = (kernel: Kernel, p: Params): number => 3 * Math.max(...warmups(kernel, p)) + 40;
const take = (inputs: readonly Float64Array[], from: number, to: number): Float64Array[] => inputs.map((x) => x.slice(from, to));
const naming = (p: Params): string => JSON.stringify(p);

export function checkDeclaration(kernel: Kernel): Violations {
  const found: Violations = [];
  const say = (ok: boolean, what: string): void => void (ok || found.push(`declaration: ${what}`));
  say(/^[a-z][a-z0-9_]*$/.test(kernel.name), `name '${kernel.name}' must be snake_case`);
  for (const part of ['summary', 'doc', 'source'] as const) say(kernel[part].trim() !== '', `${part} must say something`);
  say(kernel.inputs.length >= 1 && kernel.inputs.length <= 5, `${kernel.inputs.length} inputs, allowed are 1 to 5`);
  say(kernel.outputs.length >= 1, 'there must be an output');
  say(kernel.examples.length >= 1, 'there must be an example');
  say(Object.isFrozen(kernel), 'the kernel must be frozen');
  for (const [name, field] of Object.entries(kernel.params)) say(field.default !== undefined, `parameter '${name}' needs a default`);
  const p = withDefaults(kernel);
  say(kernel.check(p) === null, `the defaults are refused: ${kernel.check(p)}`);
  const bound = kernel.bind(p);
  kernel.outputs.slice(1).forEach((o, i) => {
    const at = bound.outputAt[i + 1];
    say(at !== undefined, `output '${o.name}' has no state cell of its name`);
    say(at === undefined || Number.isNaN(bound.layout.blank[at]), `the cell of output '${o.name}' must start as null (NaN)`);
  });
  return found;
}

const columns = (values: Example['in'] | Example['out']): Float64Array[] => {
  const lists = (Array.isArray(values[0]) ? values : [values]) as readonly (readonly (number | null)[])[];
  return lists.map((list) => Float64Array.from(list, (x) => x ?? NaN));
};

export function checkExamples(kernel: Kernel): Violations {
  const found: Violations = [];
  for (const example of kernel.examples) {
    const want = columns(example.out);
    const got = runKernel(kernel, example.params ?? {}, columns(example.in));
    want.forEach((column, o) => column.forEach((x, r) => {
      const y = got[o][r];
      const near = Number.isNaN(x) ? Number.isNaN(y) : Math.abs(x - y) <= (example.within ?? 1e-9) * Math.max(1, Math.abs(x));
      if (!near) found.push(`example '${example.title}': output ${kernel.outputs[o].name}, row ${r}: ${y}, written is ${x}`);
    }));
    const rows = got[0].length;
    if (want.some((column) => column.length !== rows)) found.push(`example '${example.title}': inputs and outputs differ in length`);
  }
  return found;
}

/**
 * Every output is silent for exactly its declared warm-up, and afterwards only where `gaps` says so. With gaps, one input may have its
 * gap just at the end of the warm-up, so several are tried and the earliest word counts.
 */
export function checkWarmup(kernel: Kernel, p: Params, random: Random): Violations {
  const rows = rowsFor(kernel, p);
  const runs = Array.from({ length: kernel.gaps ? 8 : 1 }, () => runKernel(kernel, p, genericInputs(kernel.inputs, rows, random)));
  return warmups(kernel, p).flatMap((warm, o) => {
    const speaks = runs.map((out) => out[o].findIndex((x) => x === x)).map((r) => (r < 0 ? rows : r));
    const first = Math.min(...speaks) + 1;
    if (first > rows) return [`warm-up: ${kernel.outputs[o].name} ${naming(p)} never speaks`];
    if (first !== warm) return [`warm-up: ${kernel.outputs[o].name} ${naming(p)} speaks on row ${first}, declared is ${warm}`];
    const gap = runs[0][o].findIndex((x, r) => r >= warm && x !== x);
    if (gap < 0 || kernel.gaps) return [];
    return [`warm-up: ${kernel.outputs[o].name} ${naming(p)} is null again on row ${gap + 1} without 'gaps'`];
  });
}

export function checkDeterminism(kernel: Kernel, p: Params, random: Random): Violations {
  const inputs = genericInputs(kernel.inputs, rowsFor(kernel, p), random);
  return sameAll(runKernel(kernel, p, inputs), runKernel(kernel, p, inputs)) ? [] : [`determinism: two runs ${naming(p)} differ`];
}

/** What lies around a kernel's part of the slab while it is checked. */
const GUARD = -12_345.678;

/** Two keys in one slab, stepped in turn by one bound kernel, give what each gives alone; no cell outside the own part is touched. */
export function checkKeys(kernel: Kernel, p: Params, random: Random): Violations {
  const found: Violations = [];
  const rows = rowsFor(kernel, p);
  const bound = kernel.bind(p);
  const size = bound.layout.doubles;
  const guard = 8;
  const slab = new Float64Array(2 * size + 3 * guard).fill(GUARD);
  const bases = [guard, size + 2 * guard];
  for (const base of bases) slab.set(bound.layout.blank, base);
  const inputs = bases.map(() => genericInputs(kernel.inputs, rows, random));
  const out = bases.map(() => kernel.outputs.map(() => new Float64Array(rows)));
  for (let r = 0; r < rows; r++) {
    bases.forEach((base, k) => {
      const [x, y, z, w, v] = [0, 1, 2, 3, 4].map((i) => inputs[k][i]?.[r] ?? 0);
      out[k][0][r] = bound.step(slab, base, x, y, z, w, v);
      for (let o = 1; o < kernel.outputs.length; o++) out[k][o][r] = slab[base + bound.outputAt[o]];
    });
  }
  bases.forEach((_, k) => {
    if (!sameAll(out[k], runKernel(kernel, p, inputs[k]))) found.push(`keys: key ${k} ${naming(p)} differs from the same key alone`);
  });
  const inside = (i: number): boolean => bases.some((base) => i >= base && i < base + size);
  const stray = slab.findIndex((x, i) => !inside(i) && x !== GUARD);
  if (stray >= 0) found.push(`keys: a cell outside the kernel's own part was written ${naming(p)}`);
  return found;
}

/** A copied row, continued by a newly bound kernel, gives the same bits as going on. */
export function checkResume(kernel: Kernel, p: Params, random: Random): Violations {
  const rows = rowsFor(kernel, p);
  const inputs = genericInputs(kernel.inputs, rows, random);
  const whole = runKernel(kernel, p, inputs);
  for (let i = 0; i < 6; i++) {
    const cut = random.int(1, rows - 1);
    const slab = kernel.bind(p).layout.blank.slice();
    runKernel(kernel, p, take(inputs, 0, cut), { slab, base: 0 });
    const rest = runKernel(kernel, p, take(inputs, cut, rows), { slab: slab.slice(), base: 0 });
    if (!sameAll(rest, take(whole, cut, rows))) return [`resume: after row ${cut} of ${rows} ${naming(p)} the outputs differ`];
  }
  return [];
}

/** `skip`: null rows are null and change nothing. `pass`: the kernel sees them, and speaks again afterwards. */
export function checkNulls(kernel: Kernel, p: Params, random: Random): Violations {
  const rows = rowsFor(kernel, p);
  const inputs = genericInputs(kernel.inputs, rows, random);
  const isNull = Array.from({ length: rows }, (_, r) => r > 0 && r < rows / 3 && random.next() < 0.3);
  const holed = inputs.map((column, i) => column.map((x, r) => (isNull[r] && (i === r % inputs.length || r % 2 === 0) ? NaN : x)));
  const out = runKernel(kernel, p, holed);
  if (Number.isNaN(out[0][rows - 1]) && !kernel.gaps) return [`nulls: still null ${naming(p)} long after the last null row`];
  if (kernel.nulls === 'pass') return Number.isNaN(out[0][rows - 1]) ? [`nulls: poisoned by a null row ${naming(p)}`] : [];
  const known = (column: Float64Array): Float64Array => column.filter((_, r) => !isNull[r]);
  const found: Violations = [];
  const speaks = out.some((column) => column.some((x, r) => isNull[r] && x === x));
  if (speaks) found.push(`nulls: a row with a null input is not null ${naming(p)}`);
  if (!sameAll(out.map(known), runKernel(kernel, p, inputs.map(known)))) found.push(`nulls: a skipped row changed the state ${naming(p)}`);
  return found;
}

/** Extreme values never throw and never give an infinity, and once they have left, the kernel speaks again. */
export function checkExtremes(kernel: Kernel, p: Params, random: Random): Violations {
  const rows = rowsFor(kernel, p);
  const slab = kernel.bind(p).layout.blank.slice();
  try {
    const out = runKernel(kernel, p, extremeInputs(kernel.inputs, rows, random), { slab, base: 0 });
    if (out.some((column) => column.some((x) => x === Infinity || x === -Infinity))) return [`extremes: an infinite output ${naming(p)}`];
    const after = runKernel(kernel, p, genericInputs(kernel.inputs, rows, random), { slab, base: 0 });
    return after.flatMap((column, o) =>
      (Number.isFinite(column[rows - 1]) ? [] : [`extremes: ${kernel.outputs[o].name} is null for good afterwards ${naming(p)}`]));
  } catch (e) {
    return [`extremes: threw ${e instanceof Error ? e.message : String(e)} ${naming(p)}`];
  }
}

/** All promises of one kernel, with default and with `count` random parameters, and over spans of time where it works over time. */
export function checkKernel(kernel: Kernel, seed = 1, count = 12): Violations {
  const declared = checkDeclaration(kernel);
  if (declared.length > 0) return declared;
  const random = new Random(seed);
  const checks = [checkWarmup, checkDeterminism, checkKeys, checkResume, checkNulls, checkExtremes];
  const broken = parameterSets(kernel, count, random).flatMap((p) => checks.flatMap((check) => check(kernel, p, random)));
  return [...checkExamples(kernel), ...broken, ...checkOver(kernel, random)];
}
