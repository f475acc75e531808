import { Refusal } from '../core/diagnostic.ts';
import type { SourceLog } from '../core/log.ts';
import { parseReplay, REPLAY_FORMS } from '../core/replay-from.ts';
import type { SourceDecl } from '../language/document.ts';

/**
 * The first sequence that a run without a checkpoint wants: what `replay:` of its sources says, the earliest of several. `now` is wall
 * clock, microseconds.
 */
export async function originOf(log: SourceLog, sources: readonly SourceDecl[], now: number): Promise<number> {
  const all = await Promise.all(sources.map((s) => one(log, s, now)));
  return Math.min(...all);
}

async function one(log: SourceLog, s: SourceDecl, now: number): Promise<number> {
  const text = String(s.args.replay ?? 'all');
  const from = parseReplay(text);
  if (from === null) {
    throw new Refusal('E713', `\`replay\` of source ${s.id} is \`${text}\``, { exit: 3, help: [`it can be: ${REPLAY_FORMS}`] });
  }
  const { first, last } = await log.state();
  switch (from.kind) {
    case 'all': return first;
    case 'new': return last + 1;
    case 'last': return log.seqAt(now - from.micros);
    case 'since': return log.seqAt(from.time);
  }
}
