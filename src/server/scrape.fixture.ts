export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly type: string;
  readonly help: string;
}

export interface Scrape {
  readonly families: ReadonlyMap<string, Family>;
  readonly samples: readonly Sample[];
  value(name: string, labels: Readonly<Record<string, string>>): number | undefined;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SUFFIXES: Readonly<Record<string, readonly string[]>> = { histogram: ['_bucket', '_sum', '_count'], counter: [''], gauge: [''] };

/** Reads the text format of Prometheus strictly: throws on a line that does not fit, a sample out of its family, a bucket that falls. */
export function parseScrape(text: string): Scrape {
  if (!text.endsWith('\n')) throw new TypeError('no line break at the end');
  const families = new Map<string, Family>();
  const samples: Sample[] = [];
  let help: readonly [string, string] | null = null;
  let current = '';
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    if (comment?.[1] === 'HELP') help = [comment[2], comment[3]];
    else if (comment !== null) {
      if (help?.[0] !== comment[2] || families.has(comment[2]) || !NAME.test(comment[2])) throw new TypeError(line);
      current = comment[2];
      families.set(current, { type: comment[3], help: help[1] });
    } else samples.push(sample(line, current, families));
  }
  checkHistograms(families, samples);
  return {
    families, samples,
    value: (name, labels) => samples.find((s) => s.name === name && Object.keys(s.labels).length === Object.keys(labels).length
      && Object.entries(labels).every(([k, v]) => s.labels[k] === v))?.value,
  };
}

function sample(line: string, family: string, families: ReadonlyMap<string, Family>): Sample {
  const m = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?)|\+Inf|-Inf|NaN)$/.exec(line);
  const suffixes = SUFFIXES[families.get(family)?.type ?? ''];
  if (m === null || suffixes === undefined || !suffixes.some((s) => m[1] === family + s)) throw new TypeError(`${family}: ${line}`);
  const labels: Record<string, string> = {};
  let rest = m[2] ?? '';
  while (rest !== '') {
    const l = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"(?:,|$)/.exec(rest);
    if (l === null || l[1] in labels) throw new TypeError(line);
    labels[l[1]] = l[2];
    rest = rest.slice(l[0].length);
  }
  return { name: m[1], labels, value: m[3] === '+Inf' ? Infinity : Number(m[3]) };
}

function checkHistograms(families: ReadonlyMap<string, Family>, samples: readonly Sample[]): void {
  for (const [name, { type }] of families) {
    if (type !== 'histogram') continue;
    const groups = new Map<string, Sample[]>();
    for (const s of samples.filter((x) => x.name === `${name}_bucket`)) {
      const { le: _, ...labels } = s.labels;
      const key = JSON.stringify(labels);
      groups.set(key, [...(groups.get(key) ?? []), s]);
    }
    for (const [key, buckets] of groups) {
      const count = samples.find((s) => s.name === `${name}_count` && JSON.stringify(s.labels) === key)?.value;
      const sorted = buckets.every((b, i) => i === 0 || (b.value >= buckets[i - 1].value && bound(b) > bound(buckets[i - 1])));
      if (!sorted || buckets.at(-1)?.labels.le !== '+Inf' || buckets.at(-1)?.value !== count) throw new TypeError(`${name} ${key}`);
    }
  }
}

const bound = (s: Sample): number => (s.labels.le === '+Inf' ? Infinity : Number(s.labels.le));
