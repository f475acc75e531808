import { describe, expect, it } from 'vitest';
import { drawSvg } from './draw-svg.ts';
import { drawDot, drawMermaid, drawText, type Picture } from './draw.ts';

const box = (id: string, kind: Picture['boxes'][number]['kind'], what: string): Picture['boxes'][number] =>
  ({ id, kind, what, clock: id, columns: 1, warmup: 1, used: id !== 'lost' });

const P: Picture = {
  name: 'p',
  boxes: [box('a', 'source', 'csv'), box('b', 'node', 'bars'), box('lost', 'node', 'filter'), box('c<1>', 'node', 'signal'), box('o', 'output', 'stdout')],
  arrows: [
    { from: 'a', to: 'b', kind: 'rows' }, { from: 'a', to: 'lost', kind: 'rows' }, { from: 'b', to: 'c<1>', kind: 'rows' },
    { from: 'a', to: 'c<1>', kind: 'asof' }, { from: 'c<1>', to: 'o', kind: 'rows' },
  ],
};

describe('pictures of a pipeline', () => {
  it('is a tree of text in which every box stands once', () => {
    expect(drawText(P).split('\n')).toEqual([
      'p', '└─ a  csv', '   ├─ b  bars', '   │  └─ c<1>  signal  (also reads asof a)', '   │     └─ ▶ o  stdout', '   └─ lost  filter · unused',
    ]);
  });

  it('is Mermaid and Graphviz', () => {
    expect(drawMermaid(P)).toContain('n_a -. asof .-> n_c_3c1_3e');
    expect(drawDot(P)).toContain('"a" -> "c<1>" [style=dashed, label="asof"];');
    expect(drawDot(P)).toContain('[label="b\\nbars", shape=box]');
  });

  it('is an image without script, with every text escaped', () => {
    const svg = drawSvg(P);
    expect(svg).toContain('c&lt;1&gt;');
    expect(svg).not.toMatch(/c<1>|<script/);
    expect(svg.match(/<rect/g)).toHaveLength(5);
    expect(svg.match(/marker-end/g)).toHaveLength(5);
  });
});
