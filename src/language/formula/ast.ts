/** A formula as parsed: names not yet looked up. Every node has its place, as offsets into the pipeline file's text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export type UnaryOp = '-' | 'not';
export type BinaryOp = '+' | '-' | '*' | '/' | '%' | '<' | '<=' | '>' | '>=' | '==' | '!=' | 'and' | 'or';

export type Ast = Span & (
  | { readonly k: 'number'; readonly value: number; readonly unit: 'none' | 'duration' | 'ratio' | 'money' }
  | { readonly k: 'text'; readonly value: string }
  | { readonly k: 'time'; readonly value: number }
  | { readonly k: 'word'; readonly value: 'true' | 'false' | 'null' }
  | { readonly k: 'param'; readonly name: string }
  /** `close`, `bars.close`, `bars.late.close`; what it names depends on the scope. */
  | { readonly k: 'name'; readonly path: readonly (Span & { readonly name: string })[] }
  | { readonly k: 'unary'; readonly op: UnaryOp; readonly a: Ast }
  | { readonly k: 'binary'; readonly op: BinaryOp; readonly a: Ast; readonly b: Ast }
  | { readonly k: 'in'; readonly a: Ast; readonly list: readonly Ast[] }
  | { readonly k: 'index'; readonly a: Ast; readonly n: Ast }
  | { readonly k: 'member'; readonly a: Ast; readonly name: string; readonly nameSpan: Span }
  | { readonly k: 'call'; readonly fn: string; readonly fnSpan: Span; readonly args: readonly Ast[];
      readonly named: readonly (Span & { readonly name: string; readonly value: Ast })[] }
  /** Stands where a fault was already reported, so that nothing is said about it twice. */
  | { readonly k: 'fault' }
);
