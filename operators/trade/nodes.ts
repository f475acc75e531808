import { trading } from '../../src/core/operator.ts';
import { BROKER_FIELDS } from './broker.ts';
import { PROFILES } from './profile.ts';
import { REBALANCE_FIELDS } from './rebalance.ts';
import { RISK_FIELDS } from './risk.ts';
import { SIZE_FIELDS } from './size.ts';
import { PORT_NAMES } from './streams.ts';
import { TRADING } from './trading.ts';
import { parseBlackout } from './blackout.ts';
import { parseSchedule } from './rebalance-rules.ts';

const GROUP = '\n\n`size`, `rebalance`, `risk` and `broker` follow each other in this order, each at most once, any of them may be left '
  + 'out: they are one trading group with one account, which steps row by row. Every node of it has the streams `.fills`, `.orders`, '
  + '`.trades`, `.equity` and `.refused`. A group without a `broker` trades on paper with the costs and fills of `backtest:`. The same '
  + 'group runs live and in a backtest.';

const group = { family: 'signal', form: 'trading', inputs: [1, 1], desk: TRADING, portNames: PORT_NAMES } as const;

/** Decisions that the examples trade on. */
const CROSS = 'cross:\n  from: bars\n  signal: { buy: "crosses_above(close, sma(close, 5))", '
  + 'sell: "crosses_below(close, sma(close, 5))" }\n';

interface Args {
  readonly [name: string]: unknown;
}

const lacks = (args: Args, name: string): boolean => (args[name] ?? null) === null;

/** What a method or an order cannot be without. */
const NEEDS: readonly (readonly [setting: string, word: string, needs: string])[] = [
  ['method', 'fixed', 'units'], ['method', 'value', 'value'], ['method', 'vol_target', 'target'], ['method', 'vol_target', 'volatility'],
  ['method', 'kelly', 'odds'], ['method', 'atr_risk', 'risk'], ['order', 'limit', 'limit'], ['order', 'stop', 'trigger'],
  ['order', 'stop_limit', 'limit'], ['order', 'stop_limit', 'trigger'], ['order', 'trailing', 'trail_entry'], ['tif', 'gtd', 'valid'],
];

export const size = trading({
  ...group, name: 'size', role: 'size',
  summary: 'Turns decisions into orders: how much, and by which kind of order.',
  doc: 'Reads a stream with `side` (buy, sell, hold), such as that of `signal`. A buy asks for a long position, a sell for a short one '
    + '(or none, with `sides: long`), hold for nothing. How large it is says `method`; limits and lots cut it. What is missing to the '
    + 'wanted position is ordered; entries on their way that no longer fit are taken back.\n\n'
    + 'Its rows are those of the input with the wanted position: `weight`, `quantity`, `stop` and `take_profit`. On bars, decisions of '
    + 'one moment act together, when the bars of all symbols are there.' + GROUP,
  fields: SIZE_FIELDS,
  shorthand: 'method',
  examples: [
    { title: 'A tenth of the equity in each symbol, with stop and target',
      yaml: CROSS + 'sized:\n  from: cross\n  size: { fraction: 10%, stop: 2.5 * atr(14), take_profit: 4 * atr(14) }' },
    { title: 'Volatility target, scaled by confidence',
      yaml: CROSS + 'sized:\n  from: cross\n  size: { method: vol_target, target: 15%, '
        + 'volatility: "realized_vol(log_return(close), 20)", max_weight: 20% }' },
  ],
  check: (args) => {
    for (const [setting, word, needs] of NEEDS) {
      if (args[setting] === word && lacks(args, needs)) return { field: setting, message: `\`${setting}: ${word}\` needs \`${needs}\`` };
    }
    if (args.method === 'atr_risk' && lacks(args, 'stop') && lacks(args, 'stop_price')) {
      return { field: 'method', message: '`method: atr_risk` needs `stop` or `stop_price`: the distance is what is risked' };
    }
    if (args.at === 'fill' && args.method !== 'fraction') {
      return { field: 'at', message: 'only a `fraction` can be sized when the order fills' };
    }
    for (const [a, b] of [['stop', 'stop_price'], ['take_profit', 'target_price']]) {
      if (!lacks(args, a) && !lacks(args, b)) {
        return { field: b, message: `\`${a}\` is a distance and \`${b}\` a price: write one of them` };
      }
    }
    return null;
  },
});

export const rebalance = trading({
  ...group, name: 'rebalance', role: 'rebalance',
  summary: 'Brings positions back to their target weights on a schedule.',
  doc: 'Decisions say which symbols are wanted and on which side; their weights are taken at the next rebalance, by the method of `size`, '
    + 'and only what lies outside the band is traded. Sells go before buys.' + GROUP,
  fields: REBALANCE_FIELDS,
  shorthand: 'every',
  examples: [{ title: 'Equal risk, every month',
    yaml: CROSS + 'sized:\n  from: cross\n  size: { method: risk_parity, sides: long }\nmonthly:\n  from: sized\n'
      + '  rebalance: { every: 1M, band: 1%, turnover: 30% }' }],
  check: (args) => (parseSchedule(String(args.every)) !== null ? null
    : { field: 'every', message: '`every` is 1d, 1w, 1M, 1q, 1y or a length of time such as 30d or 4h' }),
});

export const risk = trading({
  ...group, name: 'risk', role: 'risk',
  summary: 'Refuses orders that break a limit, and halts.',
  doc: 'Every order is looked at before it is sent. A refusal has a code (R101 to R901) and goes to `.refused`. An order that only reduces '
    + 'a position passes unless everything is halted. After a daily loss or a drawdown only such orders pass (the state REDUCING), or none '
    + 'at all with `halt: true` (HALTED).' + GROUP,
  fields: RISK_FIELDS,
  examples: [{ title: 'Limits on positions and losses',
    yaml: CROSS + 'sized:\n  from: cross\n  size: { fraction: 20% }\nchecked:\n  from: sized\n'
      + '  risk: { max_weight: 25%, daily_loss: 2%, max_drawdown: { share: 15%, rest: 5d }, cooldown: { rest: 30m } }' }],
  check: (args) => {
    const wrong = (args.blackout as readonly string[] | undefined ?? []).find((t) => parseBlackout(t, 'UTC') === null);
    return wrong === undefined ? null
      : { field: 'blackout', message: `\`${wrong}\` is no blackout: write 15:45..16:00, or 2024-12-24..2024-12-26` };
  },
});

export const broker = trading({
  ...group, name: 'broker', role: 'broker', inputs: [1, 8],
  summary: 'A simulated market and account: fills orders with named rules and costs.',
  doc: 'Reads the group before it, or decisions, and prices: `from: [sized, quotes]`. Without prices of its own it takes the stream that '
    + 'the decisions come from (bars, quotes or trades). Its rows are fills. The rules of each profile:\n\n'
    + PROFILES.map((p) => `- \`${p.name}\`: ${p.doc} (${p.source})`).join('\n') + GROUP,
  fields: BROKER_FIELDS,
  examples: [{ title: 'A paper account with costs',
    yaml: CROSS + 'sized:\n  from: cross\n  size: { fraction: 95% }\naccount:\n  from: sized\n'
      + '  broker: { capital: 50000, fills: next-open, costs: { commission: 1bps, slippage: 1bps } }' }],
  check: (args) => {
    const fx = Object.keys((args.fx as object | undefined) ?? {});
    const listed = (args.instruments as readonly { currency?: string }[] | undefined ?? []).flatMap((i) => i.currency ?? []);
    const used = [...Object.values((args.currencies as Record<string, string> | undefined) ?? {}), ...listed];
    const unknown = used.find((c) => !fx.includes(c));
    return unknown === undefined ? null : {
      field: 'currencies',
      message: `the rate of ${unknown} is missing: name the symbol that has it in \`fx: { ${unknown}: ... }\`, or leave out what is `
        + 'traded in the account\'s own currency',
    };
  },
});

export const TRADE = Object.freeze([size, rebalance, risk, broker]);
