import { refId } from '../../plan/compile.ts';
import { drawSvg } from '../../plan/draw-svg.ts';
import { drawDot, drawMermaid, drawText, picture, type Picture } from '../../plan/draw.ts';
import { usage } from '../fail.ts';
import { pipelineFlags } from '../flags.ts';
import { EXIT, verb } from '../verb.ts';
import { prepare, type PipelineFlags } from '../wire.ts';

interface Flags extends PipelineFlags {
  readonly format: string;
}

const FORMATS: Readonly<Record<string, (p: Picture) => string>> = {
  tty: drawText, mermaid: drawMermaid, dot: drawDot, json: (p) => JSON.stringify(p, null, 2), svg: drawSvg,
};

export const VERB = verb<Flags>({
  name: 'graph',
  summary: 'a picture of a pipeline',
  examples: [
    ['millrace graph pipelines/ema-cross.yaml', 'as text'],
    ['millrace graph pipelines/ema-cross.yaml --format svg > ema-cross.svg', 'as a picture'],
    ['millrace graph pipelines/ema-cross.yaml --format mermaid', 'for Markdown'],
  ],
  declare: (c) => void pipelineFlags(c.argument('<pipeline>', 'pipeline file'))
    .option('--format <form>', 'tty, mermaid, dot, json or svg', 'tty'),
  run: async (call, flags) => {
    const draw = FORMATS[flags.format];
    if (draw === undefined) throw usage(`--format takes ${Object.keys(FORMATS).join(', ')}, not \`${flags.format}\``);
    const { doc, plan } = await prepare(call.args[0], flags, call, () => 'all');
    call.terminal.print(draw(picture(plan, doc.outputs.map((o) => ({ id: o.id, from: refId(o.from), connector: o.connector })))));
    return EXIT.ok;
  },
});
