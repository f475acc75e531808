import type { CodeEntry } from './codes.ts';

/** E0xx: the text is not YAML, or not the part of YAML that pipelines use. Nothing else is said about such a file. */
export const YAML_ENTRIES: Readonly<Record<string, CodeEntry>> = Object.freeze({
  E001: {
    title: 'not YAML',
    explanation: 'The text cannot be read as YAML. Only the first such fault is shown: what follows is mostly its consequence.',
    wrong: 'pipeline: "ema-cross',
    right: 'pipeline: "ema-cross"',
  },
  E002: {
    title: 'a tab in the indentation',
    explanation: 'YAML indents with blanks only. Set your editor to write two blanks for the tab key.',
    wrong: 'nodes:\n\tbars: {}',
    right: 'nodes:\n  bars: {}',
  },
  E003: {
    title: 'a key twice',
    explanation: 'A map has every key once. The second one is not read.',
    wrong: 'apiVersion: 1\napiVersion: 1',
    right: 'apiVersion: 1',
  },
  E004: {
    title: 'several documents',
    explanation: 'A file holds one pipeline; `---` between documents is not used.',
    wrong: 'apiVersion: 1\n---\napiVersion: 1',
    right: 'apiVersion: 1',
  },
  E005: {
    title: 'a merge key',
    explanation: '`<<` is not part of YAML 1.2. Plain aliases work; nodes are shared between pipelines with `use:`.',
    wrong: 'x-base: &base { every: 1m }\nnodes:\n  bars: { <<: *base }',
    right: 'x-base: &base { every: 1m }\nnodes:\n  bars: *base',
  },
  E006: {
    title: 'a file too large',
    explanation: 'A pipeline file may have 262,144 characters; keep lists of symbols and data in files of their own, and name the file.',
    wrong: 'universe: [ A1, A1, A1, ... ]',
    right: 'universe: ./symbols.txt',
  },
  E007: {
    title: 'nested too deeply',
    explanation: 'Values may be nested 32 levels deep. No key of a pipeline needs more than eight.',
    wrong: 'a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]',
    right: 'a: [1]',
  },
  E008: {
    title: 'too many values',
    explanation:
      'A pipeline file may have 50,000 keys, values and marks; keep lists of symbols and data in files of their own, and '
      + 'name the file.',
    wrong: 'universe: [A1, A2, ... ]',
    right: 'universe: ./symbols.txt',
  },
  E009: {
    title: 'an alias that cannot be followed',
    explanation:
      'An alias `*name` stands for a value marked `&name` above it. An alias may not stand inside its own value, and aliases '
      + 'of aliases may not add up to more than 20,000 values.',
    wrong: 'x-all: &all [*all]',
    right: 'x-all: &all [AAPL]\nuniverse: *all',
  },
  E010: {
    title: 'a key that is not allowed',
    explanation: 'Names that every JavaScript object has, such as `__proto__` and `constructor`, cannot be keys.',
    wrong: 'params: { __proto__: 1 }',
    right: 'params: { proto: 1 }',
  },
  E011: {
    title: 'a tag',
    explanation: 'Tags such as `!!int` are not used: every value is read as its setting needs it.',
    wrong: 'apiVersion: !!int 1',
    right: 'apiVersion: 1',
  },
  E012: {
    title: 'a control character',
    explanation: 'The file holds a character that is not text, such as NUL. It may be a binary file, or in another encoding than UTF-8.',
    wrong: 'pipeline: a\u0000',
    right: 'pipeline: a',
  },
  E013: {
    title: 'a key that is no word',
    explanation: 'A key is a single word or a quoted text, never a list, a map or an alias.',
    wrong: '[a, b]: 1',
    right: 'a: 1\nb: 1',
  },
  E014: {
    title: 'a formula cut at its comma',
    explanation: 'Inside `{ }` and `[ ]` a comma ends an unquoted value. Quote the formula, or write its key on a line of its own.',
    wrong: 'nodes: { a: { compute: { x: ema(close, 12) } } }',
    right: 'nodes: { a: { compute: { x: "ema(close, 12)" } } }',
  },
});
