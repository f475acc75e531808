import { isDurable } from '../core/delivery.ts';
import type { SourceDecl } from './document.ts';
import type { Scope } from './scope.ts';

/**
 * Rows of one stream have an order that can be had again after a crash. Of several streams the order of arrival cannot, so that they are
 * merged by event time (W711); beside a source that is kept nowhere there is none at all, and a run refuses it (W712).
 */
export function checkStreams(c: Scope, all: readonly SourceDecl[]): void {
  const sources = all.filter((s) => !s.poisoned);
  const first = sources.find((s) => isDurable(s) && s.args.stream !== undefined);
  if (first === undefined) return;
  const stream = String(first.args.stream);
  for (const s of sources) {
    if (!isDurable(s)) {
      c.report.warn('W712', s, `source \`${s.id}\` comes from no stream, and \`${first.id}\` does`, {
        label: 'a run on a server refuses this',
        help: [`let a stream keep its messages, best the same one: nats: { subject: ..., stream: ${stream} }`,
          'the order in which the rows of both met would be lost with a crash'],
      });
    } else if (s.args.stream !== undefined && s.args.stream !== stream) {
      c.report.warn('W711', s, `sources \`${first.id}\` and \`${s.id}\` come from different streams`, {
        label: `of stream ${String(s.args.stream)}; \`${first.id}\` is of ${stream}`,
        help: ['they are merged by event time: the one that is slow or quiet holds the other',
          `one stream that takes the subjects of both has no such wait: stream: ${stream}`,
          'or publish {"heartbeat": <event time>} on the quiet one'],
      });
    }
  }
}
