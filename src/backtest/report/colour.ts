type Rgb = readonly [number, number, number];

const parse = (hex: string): Rgb => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)) as unknown as Rgb;

/** Relative luminance and contrast ratio as WCAG 2.2 defines them. */
function luminance(hex: string): number {
  const [r, g, b] = parse(hex).map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** Black or white, whichever is read better on the colour: one of them always has a contrast of at least 4.58. */
export const inkOn = (background: string): string =>
  (contrast(background, '#000000') >= contrast(background, '#ffffff') ? '#000000' : '#ffffff');

const mix = (a: string, b: string, share: number): string =>
  `#${parse(a).map((v, i) => Math.round(v + (parse(b)[i] - v) * share).toString(16).padStart(2, '0')).join('')}`;

/** Steps of a heat cell on each side of zero. */
export const HEAT_STEPS = 6;

interface Palette {
  readonly middle: string;
  readonly low: string;
  readonly high: string;
}

/** Orange to blue: told apart with every common kind of colour blindness, and the sign stands in the cell besides. */
export const PALETTES: Readonly<Record<'light' | 'dark', Palette>> = Object.freeze({
  light: { middle: '#f3f3f0', low: '#c2571a', high: '#2166ac' },
  dark: { middle: '#22272e', low: '#f28e4b', high: '#69b1ff' },
});

/** Class of a heat cell: `h0` at zero, `hp1` to `hp6` above it, `hn1` to `hn6` below; `full` is the value of the strongest colour. */
export function heatClass(value: number, full: number): string {
  const step = full > 0 ? Math.min(HEAT_STEPS, Math.ceil((Math.abs(value) / full) * HEAT_STEPS)) : 0;
  return step === 0 || !Number.isFinite(step) ? 'h0' : `${value > 0 ? 'hp' : 'hn'}${step}`;
}

/** Background of a step, -6 to 6. */
export function heatColour(theme: 'light' | 'dark', step: number): string {
  const { middle, low, high } = PALETTES[theme];
  return mix(middle, step < 0 ? low : high, (Math.abs(step) / HEAT_STEPS) ** 0.9);
}

/** The rules of all heat cells of a theme. */
export function heatRules(theme: 'light' | 'dark'): string {
  const steps = Array.from({ length: 2 * HEAT_STEPS + 1 }, (_, i) => i - HEAT_STEPS);
  return steps.map((s) => {
    const back = heatColour(theme, s);
    return `.h${s === 0 ? '0' : s > 0 ? `p${s}` : `n${-s}`}{background:${back};color:${inkOn(back)}}`;
  }).join('');
}
