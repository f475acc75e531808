import { Refusal } from '../core/diagnostic.ts';
import type { SourceLog } from '../core/log.ts';
import { formatTime, parseDuration, parseTime } from '../core/time.ts';
import type { SourceDecl } from '../language/document.ts';

/** The first sequence that a run without a checkpoint wants: what `replay:` of its sources says, the earliest of several. */
export async function originOf(log: SourceLog, sources: readonly SourceDecl[], now: number): Promise<number> {
  const all = await Promise.all(sources.map((s) => one(log, s, now)));
  return Math.min(...all);
}

async function one(log: SourceLog, s: SourceDecl, now: number): Promise<number> {
  const { first, last } = await log.state();
  const text = s.args.replay === undefined ? 'all' : String(s.args.replay);
  if (text === 'all') return first;
  if (text === 'new') return last + 1;
  const back = text.startsWith('last_') ? parseDuration(text.slice('last_'.length)) : null;
  const time = back !== null ? now - back : parseTime(text);
  if (time === null) {
    throw new Refusal('E718', `\`replay\` of source ${s.id} is \`${text}\``, {
      exit: 3, help: [`it can be all, new, last_2h, or a time such as ${formatTime(now).slice(0, 16)}`],
    });
  }
  return log.seqAt(time);
}
