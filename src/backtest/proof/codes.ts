/** Codes of the checks that a replay or a backtest can be held to. */
export const PROOF_CODES: Readonly<Record<string, { readonly title: string; readonly doc: string }>> = Object.freeze({
  E680: { title: 'a value depends on later rows',
    doc: '`--check lookahead` ran the rows before a moment into other futures, and a node said something else of the past. The message '
      + 'names the first node of the graph at fault: it reads rows behind its own, or stamps a row earlier than it could be known. A node '
      + 'that differs each time that the same rows are run keeps something outside its declared state.' },
  E681: { title: 'signals depend on where the data begins',
    doc: '`--check warmup` began the same rows at other moments, and signals differ although every node before them has had the rows that '
      + 'it declares. Averages with an endless memory (ema, rsi, atr) need several times their period until the start is forgotten, and '
      + 'sums over everything (obv, cumsum) never do. The table says how many rows each column needs: begin the data so much earlier.' },
  E682: { title: 'bars that are stamped at their open',
    doc: 'The trades beside the bars show that a bar holds what was traded after its time: its file stamps bars at their open. Say so with '
      + '`stamp: open` and `every:` at the source, or the pipeline sees a bar before it has happened.' },
});
