import type { Bus } from '../../bus/bus.ts';
import { openBus } from '../../bus/open-bus.ts';
import { Refusal } from '../../core/diagnostic.ts';
import { eachMessage, objectIn } from '../../server/bus-port.ts';
import { statusSubject } from '../../server/status.ts';
import { credentialFlags, type BusFlags } from '../bus-flags.ts';
import { usage } from '../fail.ts';
import { Fleet, type SortKey } from '../fleet.ts';
import { lengthOf } from '../overrides.ts';
import { withDotEnv } from '../project.ts';
import { Stop } from '../stop.ts';
import { topTable } from '../top-table.ts';
import { EXIT, verb, type Call } from '../verb.ts';

export interface TopFlags extends BusFlags {
  readonly url?: string;
  readonly sort: string;
  readonly once?: boolean;
  readonly json?: boolean;
  readonly stages?: boolean;
  readonly for?: string;
}

export const VERB = verb<TopFlags>({
  name: 'top',
  summary: 'running engines: rate, lag, busy share, partitions',
  examples: [
    ['millrace top --url nats://127.0.0.1:4222', 'a table that redraws'],
    ['millrace top --url nats://127.0.0.1:4222 --once --json', 'the same once, for a script'],
  ],
  declare: (c) => void credentialFlags(c)
    .option('--url <url>', 'bus that the engines are on (default: NATS_URL)')
    .option('--sort <by>', 'name, lag, busy or rate', 'name')
    .option('--stages', 'the operators of each engine too, the busiest first')
    .option('--once', 'show what reports now and end')
    .option('--for <time>', 'end after this long')
    .option('--json', 'JSON in place of a table: one object for --once, else one a second'),
  run: async (call, flags) => {
    const env = withDotEnv(call.cwd, call.env);
    const bus = await openBus(busUrl(flags.url, env), { env, pipeline: 'top', flags, say: (line) => call.terminal.warn(`bus: ${line}`) });
    const stop = new Stop(call.terminal);
    try {
      if (flags.for !== undefined) stop.after(lengthOf('--for', flags.for));
      return await top(call, flags, bus, stop.signal);
    } finally {
      stop.release();
      await bus.close();
    }
  },
});

/** Where the bus is: the flag, or what the environment says. */
export function busUrl(flag: string | undefined, env: Readonly<Record<string, string | undefined>>): string {
  const url = flag ?? env.NATS_URL;
  if (url === undefined || url === '') throw usage('where is the bus?', '--url nats://host:4222, or NATS_URL');
  return url;
}

const SORTS: readonly string[] = ['name', 'lag', 'busy', 'rate'];
const REDRAW_MS = 1_000;
/** Long enough to hear everybody once, who report every second. */
const LISTEN_MS = 1_500;

const pause = (ms: number, signal: AbortSignal): Promise<void> => new Promise((resolve) => {
  const timer = setTimeout(resolve, ms);
  signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
});

/** Shows the engines on a bus until told to stop. */
export async function top(call: Call, flags: TopFlags, bus: Bus, signal: AbortSignal): Promise<number> {
  if (!SORTS.includes(flags.sort)) throw usage(`--sort takes ${SORTS.join(', ')}, not \`${flags.sort}\``);
  const fleet = new Fleet();
  const subscription = bus.subscribe(statusSubject('*'), { capacity: 4_096, whenFull: 'drop' });
  const listening = eachMessage(subscription, (m) => fleet.hear(objectIn(m.payload)));
  listening.catch(() => undefined);
  try {
    await Promise.race([listening, pause(LISTEN_MS, signal)]);
    if (flags.once === true) return showOnce(call, flags, fleet);
    while (!signal.aborted) {
      show(call, flags, fleet);
      await Promise.race([listening.then(() => pause(REDRAW_MS, signal)), pause(REDRAW_MS, signal)]);
    }
    return EXIT.ok;
  } finally {
    subscription.close();
  }
}

function showOnce(call: Call, flags: TopFlags, fleet: Fleet): number {
  const list = fleet.list(flags.sort as SortKey);
  if (flags.json === true) call.terminal.print(JSON.stringify({ schema: 'millrace.top/1', engines: list }));
  else call.terminal.print(topTable(list, call.terminal.outPaint, { stages: flags.stages === true }).join('\n'));
  if (list.length > 0) return EXIT.ok;
  throw new Refusal('E794', 'no engine reports on this bus', {
    exit: EXIT.unreachable, help: ['an engine reports where `millrace run --bus` points; check that the address is the same'],
  });
}

function show(call: Call, flags: TopFlags, fleet: Fleet): void {
  const list = fleet.list(flags.sort as SortKey);
  const { terminal } = call;
  if (flags.json === true) {
    terminal.print(JSON.stringify({ schema: 'millrace.top/1', engines: list }));
    return;
  }
  const { isTTY, columns, rows } = terminal.out as NodeJS.WriteStream;
  const table = topTable(list, terminal.outPaint, { stages: flags.stages === true, ...(isTTY ? { width: columns } : {}) })
    .slice(0, isTTY ? rows - 1 : Infinity);
  // Home, every line cleared to its end, then what is below: no flicker.
  if (isTTY) terminal.out.write(`\x1b[H${table.map((l) => `${l}\x1b[K\n`).join('')}\x1b[J`);
  else terminal.print(`${table.join('\n')}\n`);
}
