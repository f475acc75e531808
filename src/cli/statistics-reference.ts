import { STATISTICS } from '../backtest/statistics/catalogue/index.ts';
import type { Statistic } from '../backtest/statistics/statistic.ts';

const better = (s: Statistic): string => (s.higherIsBetter === null ? 'Neither way is better.'
  : s.higherIsBetter ? 'Higher is better.' : 'Lower is better.');

/** One statistic as a section of Markdown. */
export const statisticPage = (s: Statistic): string[] => [
  `## ${s.name}`, '', `${s.title}, in ${s.unit}. ${better(s)}`, '', `- Formula: ${s.formula}`,
  `- Brought to a year: ${s.annualisation ?? 'no'}`, `- Source: ${s.source}`, '',
];

/** Name and title of each, theme by theme. */
export const statisticRows = (): [theme: string, rows: [string, string][]][] => {
  const themes = new Map<string, [string, string][]>();
  for (const s of STATISTICS) themes.set(s.theme, [...themes.get(s.theme) ?? [], [s.name, s.title]]);
  return [...themes];
};

/** The page of all statistics: lists by theme, then each with its formula. */
export const statisticsPages = (): string[] => [
  'In formulas r is the return of a period (an entry of the equity curve against the one before), b that of the benchmark, rf the '
    + 'risk-free return of a period, n the number of returns and P the number of periods a year. `percent` and `probability` are shares: '
    + '0.15 is 15 %. A statistic that cannot be computed (no trade, no volatility, no benchmark) is null. Where engines mean different '
    + 'things by one word, each meaning has its own name.', '',
  ...statisticRows().flatMap(([theme, rows]) => [`**${theme}**`, '', '| name | what it is |', '|---|---|',
    ...rows.map(([name, title]) => `| [\`${name}\`](#${name}) | ${title} |`), '']),
  ...STATISTICS.flatMap(statisticPage),
];
