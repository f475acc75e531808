import { isMap, isScalar, isSeq, parseDocument, type Pair, type Scalar } from 'yaml';

/** What a word of a pipeline is to the language. */
export type TokenKind =
  | 'key' | 'operator' | 'function' | 'column' | 'new column' | 'node id' | 'new node id' | 'param' | 'new param' | 'word' | 'logic';

export interface Token {
  readonly kind: TokenKind;
  readonly word: string;
  readonly at: number;
}

const LOGIC = new Set(['and', 'or', 'not', 'in']);

/** Settings that hold formulas, one or a map of them; the keys of the maps are new columns. */
const MAPS = new Set(['compute', 'split', 'columns']);
const FORMULAS = new Set([
  'filter', 'buy', 'sell', 'hold_if', 'strength', 'confidence', 'price', 'size', 'side', 'of', 'weights', 'none', 'all',
]);
const WORDS = new Set([
  'type', 'align', 'empty', 'emit', 'how', 'fill', 'schema', 'stamp', 'calendar', 'late', 'on_error', 'stdout', 'session', 'across',
]);
/** Settings whose value may be anything. */
const FREE = new Set(['description', 'name', 'pipeline', 'symbols', 'as', 'apiVersion', 'seed', 'every', 'length', 'start', 'over']);

/** Words of a formula by what they are. Enum words stand behind a comparison with a column of an enum. */
export function formulaTokens(text: string, base: number, nodes: ReadonlySet<string>): Token[] {
  const out: Token[] = [];
  for (const m of text.matchAll(/\$?[A-Za-z_]\w*/g)) {
    const before = text.slice(0, m.index).trimEnd();
    const after = text.slice(m.index + m[0].length).trimStart();
    const at = base + m.index;
    if (/\d$/.test(text.slice(0, m.index)) || ['true', 'false', 'null'].includes(m[0])) continue;
    if (m[0].startsWith('$')) out.push({ kind: 'param', word: m[0].slice(1), at: at + 1 });
    else if (LOGIC.has(m[0])) out.push({ kind: 'logic', word: m[0], at });
    else if (after.startsWith('(')) out.push({ kind: 'function', word: m[0], at });
    else if (after.startsWith('.') && nodes.has(m[0])) out.push({ kind: 'node id', word: m[0], at });
    else if (/\bside\s*==$/.test(before)) out.push({ kind: 'word', word: m[0], at });
    else if (!(after.startsWith(':') && !after.startsWith('::'))) out.push({ kind: 'column', word: m[0], at });
  }
  return out;
}

class Reader {
  readonly tokens: Token[] = [];
  private readonly text: string;
  private readonly nodes: ReadonlySet<string>;

  constructor(text: string, nodes: ReadonlySet<string>) {
    this.text = text;
    this.nodes = nodes;
  }

  add(kind: TokenKind, node: unknown): void {
    const s = node as Scalar;
    const start = s.range?.[0] ?? -1;
    const raw = String(s.value);
    const at = this.text.indexOf(raw, start);
    if (start >= 0 && at >= 0 && at <= start + 1 && /^[A-Za-z_]\w*$/.test(raw)) this.tokens.push({ kind, word: raw, at });
  }

  pairs(map: unknown): Pair[] {
    return isMap(map) ? (map.items as Pair[]) : [];
  }

  formula(value: unknown): void {
    const s = value as Scalar;
    if (!isScalar(value) || typeof s.value !== 'string') return;
    const at = this.text.indexOf(s.value, s.range?.[0] ?? 0);
    if (at >= 0 && at <= (s.range?.[0] ?? 0) + 1) this.tokens.push(...formulaTokens(s.value, at, this.nodes));
  }

  refs(value: unknown): void {
    if (isSeq(value)) value.items.forEach((x) => this.add('node id', x));
    else this.add('node id', value);
  }

  /** Settings of a source, an output, an operator, a section: keys of ours, and values by their key. */
  settings(map: unknown): void {
    for (const p of this.pairs(map)) {
      const key = String((p.key as Scalar).value);
      this.add('key', p.key);
      this.value(key, p.value);
    }
  }

  value(key: string, value: unknown): void {
    if (key === 'from') this.refs(value);
    else if (MAPS.has(key) && isMap(value)) this.columns(value);
    else if (isMap(value)) this.settings(value);
    else if (WORDS.has(key)) this.add('word', value);
    else if (FORMULAS.has(key)) this.formula(value);
    else if (!FREE.has(key) && isScalar(value) && typeof value.value === 'string' && value.value.startsWith('$')) this.formula(value);
    else if (key === 'every' || key === 'over') this.formula(value);
  }

  columns(map: unknown): void {
    for (const p of this.pairs(map)) {
      this.add('new column', p.key);
      this.formula(p.value);
    }
  }

  node(map: unknown): void {
    for (const p of this.pairs(map)) {
      const key = String((p.key as Scalar).value);
      this.add(['from', 'across', 'by', 'description', 'on_error'].includes(key) ? 'key' : 'operator', p.key);
      this.value(key, p.value);
    }
  }

  tests(seq: unknown): void {
    for (const test of isSeq(seq) ? seq.items : []) {
      for (const p of this.pairs(test)) {
        this.add('key', p.key);
        for (const target of this.pairs(p.value)) {
          this.add('node id', target.key);
          for (const row of isSeq(target.value) ? target.value.items : [target.value]) {
            for (const c of this.pairs(row)) this.testColumn(c);
          }
        }
      }
    }
  }

  private testColumn(c: Pair): void {
    const key = String((c.key as Scalar).value);
    const own = ['symbol', 'every', 'start', 'row', 'count', 'none', 'all'].includes(key);
    this.add(own ? 'key' : 'column', c.key);
    if (key === 'side') this.add('word', c.value);
    if (key === 'none' || key === 'all') this.formula(c.value);
  }
}

/** Every word of a pipeline, or of a file of tests beside one, that means something. */
export function tokensOf(text: string): Token[] {
  const doc = parseDocument(text);
  const ids = new Set<string>();
  const root = doc.contents;
  for (const section of ['sources', 'nodes']) {
    const map = isMap(root) ? root.get(section, true) : null;
    if (isMap(map)) for (const p of map.items) ids.add(String((p.key as Scalar).value));
  }
  const r = new Reader(text, ids);
  for (const p of r.pairs(root)) {
    const section = String((p.key as Scalar).value);
    r.add('key', p.key);
    if (section === 'params') r.pairs(p.value).forEach((x) => r.add('new param', x.key));
    else if (section === 'tests') r.tests(p.value);
    else if (section === 'time') r.settings(p.value);
    else if (['sources', 'nodes', 'outputs'].includes(section)) {
      for (const x of r.pairs(p.value)) {
        if (section !== 'outputs') r.add('new node id', x.key);
        if (section === 'nodes') r.node(x.value);
        else r.settings(x.value);
      }
    }
  }
  return r.tokens;
}
