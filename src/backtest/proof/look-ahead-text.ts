import { formatTime } from '../../core/time.ts';
import type { CheckResult } from '../model.ts';
import type { Leak, LookAheadReport } from './look-ahead.ts';

const quoted = (names: readonly string[]): string => names.map((x) => `\`${x}\``).join(', ');
const number = (n: number): string => n.toLocaleString('en-US');

const shown = (x: number | string | null): string => (x === null || Number.isNaN(x) ? 'null' : String(x));

/** How a future differs from the true one, behind `when`. */
const WHEN: Readonly<Record<string, string>> = {
  'as it was': 'the same rows are run again', 'cut off': 'the data ends there', 'other values': 'the rows behind have other values',
  'other rows': 'other rows come behind',
};

const at = (ts: number): string => (Number.isFinite(ts) ? formatTime(ts) : 'no time');

/** What a leak is, as one sentence and the lines below it. */
export function shownLeak(leak: Leak): readonly string[] {
  const { node, kind, cut, columns, only } = leak;
  if (cut === null) return [`\`${node}\` comes out differently when the whole run is repeated`, ...alsoOf(leak)];
  const place = `${leak.key} at ${at(leak.ts)}`;
  const what = kind === 'memory' ? `\`${node}\` is another one each time that the same rows are run`
    : `\`${node}\` depends on rows that come later`;
  const when = WHEN[cut.future];
  const values = columns.map((c) => `${c.name} is ${shown(c.expected)}, and ${shown(c.found)} when ${when}`);
  const row = only === 'expected' ? `the row is not there, or not in its place, when ${when}` : `there is such a row only when ${when}`;
  return [
    `${what}: ${place}, ${columns.length > 0 ? quoted(columns.map((c) => c.name)) : 'the row itself'}`,
    ...(values.length > 0 ? values : [row]),
    `kept were ${number(cut.rows)} rows, up to ${at(cut.ts)}; the row was caused by row ${number(leak.seq)}`,
    ...alsoOf(leak),
  ];
}

function alsoOf({ also }: Leak): string[] {
  const behind = also.length === 0 ? '' : `; behind it ${quoted(also)} ${also.length === 1 ? 'differs' : 'differ'} too`;
  return [`whatever it reads is the same${behind}`];
}

export function lookAheadResult(r: LookAheadReport): CheckResult {
  const searched = `${number(r.cuts)} cut points in ${r.whole ? '' : 'the first '}${number(r.rows)} rows, `
    + `${number(r.futures)} other futures, ${number(r.compared)} rows of nodes compared`;
  const notes = [
    ...(r.failed > 0 ? [`${number(r.failed)} futures could not be run: a timer of an operator failed on them`] : []),
    ...(r.firstCome.length > 0 ? [`${quoted(r.firstCome)}: sources beside each other, compared under other values at the same moments`]
      : []),
  ];
  if (r.rows < 2) return { name: 'lookahead', ok: false, text: 'look-ahead: there are no rows to cut' };
  if (r.leaks.length === 0) return { name: 'lookahead', ok: true, text: [`look-ahead: none found; ${searched}`, ...notes].join('\n') };
  const lines = r.leaks.flatMap((l) => shownLeak(l).map((line, i) => (i === 0 ? `look-ahead: ${line}` : `  ${line}`)));
  const text = [...lines, `  searched: ${searched}, seed ${r.seed}`, ...notes.map((n) => `  ${n}`)].join('\n');
  return { name: 'lookahead', ok: false, text };
}
