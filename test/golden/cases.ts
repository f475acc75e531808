/** One case of the golden files: which of our kernels, with which parameters, against which of their columns. */
export interface GoldenCase {
  readonly kernel: string;
  readonly file: string;
  readonly id: string;
  /** Name of the CSV series; the inputs are in the case itself when absent. */
  readonly series?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  /** Columns for the inputs, where they are not those that the kernel reads by default. */
  readonly inputs?: readonly string[];
  /** Our output -> their column. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Their first value must be on the same row as ours. */
  readonly start?: 'same' | undefined;
  /** Rows to leave out, where the source seeds in another way; see `why`. */
  readonly from?: number;
  /** Their unit times this is ours. */
  readonly scale?: number;
  readonly tol?: { readonly rel: number; readonly abs: number };
  readonly why?: string;
}

type Rest = Omit<GoldenCase, 'kernel' | 'file' | 'id'>;
type Columns = string | Readonly<Record<string, string>>;
type Short = readonly [kernel: string, id: string, outputs: Columns, params?: Rest['params'], rest?: Partial<Rest>];

const expand = (file: string, series: string | undefined, prefix: string, suffix: string, shared: Partial<Rest>) =>
  (list: readonly Short[]): GoldenCase[] => list.map(([kernel, id, outputs, params, rest]) => ({
    kernel, file, id: `${prefix}${id}${suffix}`, outputs: typeof outputs === 'string' ? { [kernel]: outputs } : outputs,
    ...(series === undefined ? {} : { series }), ...(params === undefined ? {} : { params }), ...shared, ...rest,
  }));

const period = (n: number): Rest['params'] => ({ period: n });
const late = { start: undefined };
/** The source seeds in another way: compared where the difference has faded. */
const fading = (from: number, why: string): Partial<Rest> => ({ from, why, tol: { rel: 1e-6, abs: 1e-6 } });

const talibDefault = expand('talib/spy502.default.json', 'spy502', 'talib/', '/spy502/default', { start: 'same' })([
  ['sma', 'SMA', 'value', period(30)], ['ema', 'EMA', 'value', period(30)], ['wma', 'WMA', 'value', period(30)],
  ['dema', 'DEMA', 'value', period(30)], ['tema', 'TEMA', 'value', period(30)], ['kama', 'KAMA', 'value', period(30)],
  ['rsi', 'RSI', 'value'], ['atr', 'ATR', 'value'], ['natr', 'NATR', 'value'], ['tr', 'TRANGE', 'value'],
  ['adx', 'ADX', 'value'], ['plus_di', 'PLUS_DI', 'value'], ['minus_di', 'MINUS_DI', 'value'],
  ['willr', 'WILLR', 'value'], ['cci', 'CCI', 'value', period(14)], ['roc', 'ROC', 'value'], ['mom', 'MOM', 'value'],
  ['obv', 'OBV', 'value'], ['mfi', 'MFI', 'value'], ['psar', 'SAR', 'value'],
  ['aroon', 'AROON', { up: 'aroon_up', down: 'aroon_down' }], ['aroon', 'AROONOSC', { osc: 'value' }],
  ['bbands', 'BBANDS', { middle: 'middle', upper: 'upper', lower: 'lower' }, period(5)],
  ['stdev', 'STDDEV', 'value', period(5)], ['var', 'VAR', 'value', period(5)], ['sum', 'SUM', 'value', period(30), { inputs: ['close'] }],
  ['highest', 'MAX', 'value', period(30), { inputs: ['close'] }], ['lowest', 'MIN', 'value', period(30), { inputs: ['close'] }],
  ['corr', 'CORREL', 'value', period(30), { inputs: ['high', 'low'] }],
  ['macd', 'MACD', { macd: 'macd', signal: 'signal', hist: 'hist' }, {}, late],
  ['stoch', 'STOCH', { k: 'slow_k', d: 'slow_d' }, { k: 5, smooth: 3, d: 3 }, late],
  ['stoch', 'STOCHF', { k: 'fast_k', d: 'fast_d' }, { k: 5, smooth: 1, d: 3 }, late],
  ['stochrsi', 'STOCHRSI', { k: 'fast_k', d: 'fast_d' }, { period: 14, k: 5, d: 3 }, late],
]);

const talibCommon = expand('talib/spy502.common.json', 'spy502', 'talib/', '/spy502/common', { start: 'same' })([
  ['sma', 'SMA', 'value'], ['mean', 'SMA', 'value', period(20)], ['ema', 'EMA', 'value'], ['wma', 'WMA', 'value', period(14)],
  ['dema', 'DEMA', 'value'], ['tema', 'TEMA', 'value'], ['kama', 'KAMA', 'value'], ['cci', 'CCI', 'value'],
  ['mom', 'MOM', 'value', period(14)], ['roc', 'ROC', 'value', period(20)],
  ['aroon', 'AROON', { up: 'aroon_up', down: 'aroon_down' }, period(25)], ['aroon', 'AROONOSC', { osc: 'value' }, period(25)],
  ['bbands', 'BBANDS', { middle: 'middle', upper: 'upper', lower: 'lower' }],
  ['stdev', 'STDDEV', 'value'], ['var', 'VAR', 'value'], ['sum', 'SUM', 'value', {}, { inputs: ['close'] }],
  ['highest', 'MAX', 'value', {}, { inputs: ['close'] }], ['lowest', 'MIN', 'value', {}, { inputs: ['close'] }],
  ['corr', 'CORREL', 'value', period(20), { inputs: ['high', 'low'] }],
  ['stoch', 'STOCH', { k: 'slow_k', d: 'slow_d' }, {}, late], ['stochrsi', 'STOCHRSI', { k: 'fast_k', d: 'fast_d' }, {}, late],
]);

const standard = expand('stockindicators/spy502.standard.json', 'spy502', 'stockindicators/', '/spy502/standard', { start: 'same' });
const stockIndicators = standard([
  ['sma', 'sma', 'sma'], ['ema', 'ema', 'ema'], ['wma', 'wma', 'wma', period(14)], ['rma', 'smma', 'smma', period(20)],
  ['hma', 'hma', 'hma', period(14)], ['vwma', 'vwma', 'vwma', period(14)], ['tr', 'tr', 'tr'], ['atr', 'atr', 'atr'], ['rsi', 'rsi', 'rsi'],
  ['bbands', 'bb', { middle: 'sma', upper: 'upperBand', lower: 'lowerBand' }], ['zscore', 'bb', 'zScore'],
  ['stdev', 'stdev', 'stdDev', period(14)], ['zscore', 'stdev', 'zScore', period(14)],
  ['cci', 'cci', 'cci'], ['cmf', 'cmf', 'cmf'], ['mfi', 'mfi', 'mfi'],
  ['roc', 'roc', 'roc', period(14)], ['mom', 'roc', 'momentum', period(14)],
  ['willr', 'willr', 'williamsR'],
  ['supertrend', 'supertrend', 'superTrend'], ['keltner', 'keltner', { middle: 'centerline', upper: 'upperBand', lower: 'lowerBand' }],
  ['vwap', 'vwap', 'vwap'], ['stoch', 'stoch', { k: 'oscillator', d: 'signal' }], ['stochrsi', 'stoch-rsi', { k: 'stochRsi', d: 'signal' }],
  ['kama', 'kama', 'kama', {}, { ...late, from: 10, why: 'shows the seed one row earlier' }],
  ['macd', 'macd', { macd: 'macd', signal: 'signal', hist: 'histogram' }, {}, fading(150, 'seeds the fast ema earlier')],
  ['adx', 'adx', 'adx', {}, fading(300, 'first sum over period moves')],
  ['plus_di', 'adx', 'plus_di', {}, fading(300, 'first sum over period moves')],
  ['minus_di', 'adx', 'minus_di', {}, fading(300, 'first sum over period moves')],
]);

const ttr = expand('ttr/spy502.json', 'spy502', 'ttr/', '/spy502', { start: 'same' })([
  ['cmf', 'CMF||n=20', 'value'], ['hma', 'HMA||n=20', 'value', period(20)], ['percent_rank', 'runPercentRank||n=100', 'value'],
  ['median', 'runMedian||n=20', 'value'], ['log_return', 'ROC||n=1,log', 'value'],
  ['corr', 'runCor||n=20,high-low', 'value', period(20), { inputs: ['high', 'low'] }],
  ['adx', 'ADX||n=14', 'ADX'], ['plus_di', 'ADX||n=14', 'DIp'], ['minus_di', 'ADX||n=14', 'DIn'],
  ['donchian', 'DonchianChannel||n=10', { upper: 'high', middle: 'mid', lower: 'low' }, period(10)], ['vwma', 'VWMA||n=20', 'value'],
  ['cci', 'CCI||n=20', 'value'], ['rsi', 'RSI||n=14', 'value'], ['mfi', 'MFI||n=14', 'value'], ['obv', 'OBV||', 'value'],
]);

const tulip = expand('tulip/spy502.json', 'spy502', 'tulip/', '/spy502', { start: 'same' })([
  ['sma', 'sma', 'sma'], ['wma', 'wma', 'wma', period(14)], ['rma', 'wilders', 'wilders'], ['hma', 'hma', 'hma'], ['vwma', 'vwma', 'vwma'],
  ['cci', 'cci', 'cci', {}, late], ['mom', 'mom', 'mom'], ['willr', 'willr', 'willr'],
  ['stoch', 'stoch', { k: 'stoch_k', d: 'stoch_d' }, {}, late],
  ['stdev', 'stddev', 'stddev'], ['var', 'var', 'var'], ['sum', 'sum', 'sum', {}, { inputs: ['close'] }],
  ['highest', 'max', 'max', {}, { inputs: ['close'] }], ['lowest', 'min', 'min', {}, { inputs: ['close'] }],
  ['bbands', 'bbands', { middle: 'bbands_middle', upper: 'bbands_upper', lower: 'bbands_lower' }],
]);

const pandas = expand('pandasta/spy502.json', 'spy502', 'pandas-ta-classic/', '/spy502', { start: 'same' })([
  ['donchian', 'donchian', { middle: 'DCM_20_20', upper: 'DCU_20_20', lower: 'DCL_20_20' }], ['median', 'median', 'MEDIAN_30', period(30)],
  ['quantile', 'quantile', 'QTL_30_0.5', period(30)], ['log_return', 'log_return', 'LOGRET_1'],
]);

const lean = (list: readonly (readonly [file: string, ...Short])[]): GoldenCase[] => list.flatMap(([file, ...c]) =>
  expand(`lean/${file}.json`, undefined, `lean/${file}/`, '', {})([c]));
const leanCases = lean([
  ['supertrend', 'supertrend', 'dwac_supertrend.txt', 'supertrend', {}, { from: 40, why: 'counts the range of the first bar' }],
  [
    'donchian', 'donchian', 'spy_with_don50.txt', { upper: 'upper', lower: 'lower', middle: 'middle' }, period(50),
    { from: 49, why: 'is an excerpt' },
  ],
  ['hma', 'hma', 'spy_hma.txt', 'hma'], ['vwma', 'vwma', 'spy_with_vwma.csv', 'vwma'],
  ['cmf', 'cmf', 'spy_cmf.txt', 'cmf', {}, { from: 19, why: 'is an excerpt' }],
  ['log_return', 'log_return', 'spy_logr14.txt', 'logr', { n: 14 }],
  ['stochrsi', 'stochrsi', 'spy_with_StochRSI.csv', { k: 'k', d: 'd' }, { period: 14, k: 14, d: 3, smooth: 3 }],
  ['stoch', 'stoch', 'spy_with_stoch12k3.txt', { k: 'k', d: 'd' }, { k: 12, smooth: 3, d: 5 }],
  ['mfi', 'mfi', 'spy_mfi.txt', 'mfi', period(20)], ['willr', 'willr', 'spy_with_williamsR14.txt', 'willr'],
  ['natr', 'natr', 'spy_natr.txt', 'natr', period(5)], ['kama', 'kama', 'spy_kama.txt', 'kama', period(5)],
]);

export const CASES: readonly GoldenCase[] = [
  ...talibDefault, ...talibCommon, ...stockIndicators, ...ttr, ...tulip, ...pandas, ...leanCases,
];
