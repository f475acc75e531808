import { noteOf, ranks, type Picture } from './draw.ts';

const WIDE = 170;
const HIGH = 46;
const GAP_X = 56;
const GAP_Y = 22;
const MARGIN = 16;

const xml = (s: string): string => s.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const clip = (s: string, n: number): string => (s.length > n ? `${s.slice(0, n - 1)}…` : s);

const STYLE = [
  '.box{fill:#f6f8fa;stroke:#57606a}', '.source{fill:#ddf4ff}', '.output{fill:#dafbe1}', '.unused{stroke-dasharray:4 3}',
  '.id{font:600 13px sans-serif;fill:#1f2328}', '.note{font:11px sans-serif;fill:#57606a}',
    '.arrow{fill:none;stroke:#57606a;stroke-width:1.4}',
  '.asof{stroke-dasharray:5 4}', '.tip{fill:#57606a}',
  '@media (prefers-color-scheme:dark){.box{fill:#161b22;stroke:#8b949e}.source{fill:#0c2d4a}.output{fill:#12361f}.id{fill:#e6edf3}'
    + '.note{fill:#9198a1}.arrow{stroke:#8b949e}.tip{fill:#8b949e}}',
].join('');

/** Boxes in columns by their distance from the sources; no library, no script, light and dark. */
export function drawSvg(p: Picture): string {
  const rank = ranks(p.boxes, p.arrows);
  const filled: number[] = [];
  const place = new Map(p.boxes.map((b) => {
    const column = rank.get(b.id) ?? 0;
    const row = (filled[column] = (filled[column] ?? 0) + 1) - 1;
    return [b.id, { x: MARGIN + column * (WIDE + GAP_X), y: MARGIN + row * (HIGH + GAP_Y) }] as const;
  }));
  const width = 2 * MARGIN + filled.length * (WIDE + GAP_X) - GAP_X;
  const height = 2 * MARGIN + Math.max(1, ...filled) * (HIGH + GAP_Y) - GAP_Y;
  const arrows = p.arrows.map((a) => {
    const [from, to] = [place.get(a.from), place.get(a.to)];
    if (from === undefined || to === undefined) return '';
    const [x1, y1, x2, y2] = [from.x + WIDE, from.y + HIGH / 2, to.x - 6, to.y + HIGH / 2];
    const bend = Math.max(20, (x2 - x1) / 2);
    const title = `${xml(a.from)} to ${xml(a.to)}${a.kind === 'asof' ? ' (asof)' : ''}`;
    return `<path class="arrow${a.kind === 'asof' ? ' asof' : ''}" d="M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}" `
      + `marker-end="url(#tip)"><title>${title}</title></path>`;
  });
  const boxes = p.boxes.map((b) => {
    const { x, y } = place.get(b.id) as { x: number; y: number };
    const classes = ['box', b.kind, ...(b.used ? [] : ['unused'])].join(' ');
    return `<g><title>${xml(`${b.id}: ${noteOf(b)}`)}</title>`
      + `<rect class="${classes}" x="${x}" y="${y}" width="${WIDE}" height="${HIGH}" rx="7"/>`
      + `<text class="id" x="${x + 10}" y="${y + 19}">${xml(clip(b.id, 22))}</text>`
      + `<text class="note" x="${x + 10}" y="${y + 35}">${xml(clip(noteOf(b), 27))}</text></g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" `
      + `role="img" aria-label="${xml(p.name)}">`,
    `<style>${STYLE}</style>`,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip" d="M0 0L8 '
      + '4L0 8z"/></marker></defs>',
    ...arrows.filter((a) => a !== ''), ...boxes, '</svg>',
  ].join('\n');
}
