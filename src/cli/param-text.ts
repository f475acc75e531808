import type { ParamValue, Params } from '../backtest/research/space.ts';
import { formatDuration, formatTime } from '../core/time.ts';
import type { ParamDecl } from '../language/document.ts';
import { parseRatio } from '../language/literal.ts';

/** The value of a parameter as `-p` takes it: a search counts durations and times in microseconds and ratios as shares. */
export function paramText(param: ParamDecl, value: ParamValue): string {
  if (typeof value !== 'number') return String(value);
  if (param.unit === 'duration') return formatDuration(Math.round(value));
  if (param.unit === 'ratio') return ratioText(value);
  if (param.unit === 'money') return `${value} ${param.currency ?? 'USD'}`;
  return param.type === 'time' ? formatTime(Math.round(value)) : String(value);
}

/** A share times a hundred is seldom the number that was written, and not every share is a hundredth: the text that is read back. */
function ratioText(value: number): string {
  const [percent, bps] = [[100, '%'], [10_000, 'bps']].map(([by, unit]) => `${Number((value * Number(by)).toPrecision(15))}${unit}`);
  return parseRatio(percent) !== value && parseRatio(bps) === value ? bps : percent;
}

/** Values of a search by name, as `-p` takes them. */
export function paramTexts(params: readonly ParamDecl[], values: Params): Map<string, string> {
  const known = new Map(params.map((p) => [p.name, p]));
  return new Map(Object.entries(values).map(([name, value]) => {
    const param = known.get(name);
    return [name, param === undefined ? String(value) : paramText(param, value)];
  }));
}

/** `fast=8 slow=20`. */
export const setText = (params: readonly ParamDecl[], values: Params): string =>
  [...paramTexts(params, values)].map(([name, text]) => `${name}=${text}`).join(' ');
