import { headers } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryLog } from '../../src/bus/memory-log.ts';
import { expectNothing } from '../../src/bus/wire.ts';
import type { Expect } from '../../src/bus/wire.ts';
import { Random } from '../../src/core/random.ts';
import { counts, SEED, told } from '../harness/settings.ts';
import { Broker, pause } from './stream.ts';

/** What is asked of both: the same list of steps gives the same list of answers. */
type Step =
  | { readonly do: 'publish'; readonly id: string; readonly subject: string; readonly expect: Partial<Expect> }
  | { readonly do: 'batch'; readonly messages: readonly { readonly id: string; readonly subject: string; readonly subjectSeq: number }[] }
  | { readonly do: 'purge'; readonly below: number | null }
  | { readonly do: 'delete' | 'get'; readonly seq: number }
  | { readonly do: 'state' | 'tails' | 'newest' | 'recreate' };

const SUBJECTS = ['a', 'b', 'c'];

/** Random steps; what they expect is often right, and wrong by a little otherwise. The model is asked what would be right. */
function stepsOf(random: Random): Step[] {
  const log = new MemoryLog({ batches: true });
  const steps: Step[] = [];
  const ids: string[] = [];
  const id = (): string => {
    if (ids.length > 0 && random.next() < 0.15) return ids[random.int(0, ids.length - 1)];
    if (random.next() < 0.1) return '';
    ids.push(`i${ids.length}`);
    return ids[ids.length - 1];
  };
  const near = (seq: number): number => (random.next() < 0.7 ? seq : Math.max(0, seq + random.int(-2, 2)));
  for (let i = 0, n = random.int(4, 16); i < n; i++) {
    const subject = SUBJECTS[random.int(0, 2)];
    const { first, last } = log.state();
    const roll = random.next();
    const right = log.newestOf(subject)?.seq ?? 0;
    if (roll < 0.6) {
      const expects: Partial<Expect> = {};
      if (random.next() < 0.4) expects.lastSeq = near(last);
      if (random.next() < 0.3) expects.lastId = random.next() < 0.8 ? log.lastIdNow : `i${random.int(0, 3)}`;
      if (random.next() < 0.3) expects.subjectSeq = near(right);
      steps.push({ do: 'publish', id: id(), subject, expect: expects });
    } else if (roll < 0.7) {
      const seen = new Set<string>();
      steps.push({ do: 'batch', messages: Array.from({ length: random.int(2, 4) }, () => {
        const s = SUBJECTS[random.int(0, 2)];
        const subjectSeq = seen.has(s) || random.next() < 0.2 ? -1 : near(log.newestOf(s)?.seq ?? 0);
        seen.add(s);
        return { id: id(), subject: s, subjectSeq };
      }) });
    } else if (roll < 0.74) steps.push({ do: 'purge', below: random.next() < 0.5 ? null : random.int(1, last + 1) });
    else if (roll < 0.78) steps.push({ do: 'delete', seq: random.int(first, Math.max(first, last)) });
    else if (roll < 0.84) steps.push({ do: 'get', seq: random.int(1, last + 2) });
    else if (roll < 0.9) steps.push({ do: 'state' });
    else if (roll < 0.94) steps.push({ do: 'tails' });
    else if (roll < 0.98) steps.push({ do: 'newest' });
    else steps.push({ do: 'recreate' });
    onModel(log, steps[steps.length - 1]);
  }
  return [...steps, { do: 'state' }, { do: 'tails' }, { do: 'newest' }];
}

const full = (e: Partial<Expect>): Expect => ({ ...expectNothing(), ...e });

function onModel(log: MemoryLog, step: Step): unknown {
  const made = (subject: string, id: string) => ({ subject, id, payload: 'x', headers: [] });
  const said = (a: ReturnType<MemoryLog['publish']>): unknown => ('code' in a ? { code: a.code, text: a.text } : { seq: a.seq, duplicate: a.duplicate });
  switch (step.do) {
    case 'publish': return said(log.publish(made(step.subject, step.id), full(step.expect)));
    case 'batch': return said(log.publishBatch(step.messages.map((m) => [made(m.subject, m.id), full({ subjectSeq: m.subjectSeq })] as const)));
    case 'purge': return log.purge(step.below ?? undefined);
    case 'delete': return log.delete(step.seq);
    case 'get': return log.get(step.seq)?.header('Nats-Msg-Id') ?? null;
    case 'state': return [log.state().first, log.state().last];
    case 'tails': return SUBJECTS.map((s) => log.newestOf(s)?.seq ?? 0);
    case 'newest': return log.newest()?.seq ?? 0;
    default: return log.recreate('again');
  }
}

interface PubAnswer {
  readonly seq?: number;
  readonly duplicate?: boolean;
  readonly error?: { readonly err_code: number; readonly description: string };
}

class Real {
  private readonly broker: Broker;
  readonly name: string;
  private batches = 0;

  constructor(broker: Broker, name: string) {
    this.broker = broker;
    this.name = name;
  }

  make(): Promise<void> {
    return this.broker.stream(this.name, { storage: 'memory', allow_atomic: true });
  }

  private async publish(subject: string, id: string, e: Expect, wait = true): Promise<PubAnswer> {
    const h = headers();
    if (id !== '') h.set('Nats-Msg-Id', id);
    if (e.lastSeq >= 0) h.set('Nats-Expected-Last-Sequence', `${e.lastSeq}`);
    if (e.lastId !== '') h.set('Nats-Expected-Last-Msg-Id', e.lastId);
    if (e.subjectSeq >= 0) h.set('Nats-Expected-Last-Subject-Sequence', `${e.subjectSeq}`);
    if (e.batch !== '') h.set('Nats-Batch-Id', e.batch);
    if (e.batch !== '') h.set('Nats-Batch-Sequence', `${e.batchSeq}`);
    if (e.commit) h.set('Nats-Batch-Commit', '1');
    const { nc } = this.broker;
    if (wait) return (await nc.request(`${this.name}.${subject}`, 'x', { headers: h, timeout: 5000 })).json<PubAnswer>();
    nc.publish(`${this.name}.${subject}`, 'x', { headers: h });
    return {};
  }

  async run(step: Step): Promise<unknown> {
    const { broker, name } = this;
    const said = (a: PubAnswer): unknown => (a.error === undefined ? { seq: a.seq, duplicate: a.duplicate === true }
      : { code: a.error.err_code, text: a.error.description });
    const found = async (body: object): Promise<{ seq: number; hdrs?: string } | null> =>
      (await broker.api<{ message?: { seq: number; hdrs?: string } }>(`STREAM.MSG.GET.${name}`, body)).message ?? null;
    switch (step.do) {
      case 'publish': return said(await this.publish(step.subject, step.id, full(step.expect)));
      case 'batch': {
        const batch = `b${++this.batches}`;
        let answer: PubAnswer = {};
        for (let i = 0; i < step.messages.length; i++) {
          const m = step.messages[i];
          const commit = i === step.messages.length - 1;
          answer = await this.publish(m.subject, m.id, full({ subjectSeq: m.subjectSeq, batch, batchSeq: i + 1, commit }), commit);
        }
        return said(answer);
      }
      case 'purge': return void (await broker.api(`STREAM.PURGE.${name}`, step.below === null ? undefined : { seq: step.below }));
      case 'delete': return (await broker.api<{ success?: boolean }>(`STREAM.MSG.DELETE.${name}`, { seq: step.seq })).success === true;
      case 'get': {
        const message = await found({ seq: step.seq });
        return message === null ? null : /Nats-Msg-Id: (.*)\r\n/.exec(Buffer.from(message.hdrs ?? '', 'base64').toString())?.[1] ?? '';
      }
      case 'state': {
        const s = await broker.state(name);
        return [s.messages === 0 ? s.last_seq + 1 : s.first_seq, s.last_seq];
      }
      case 'tails': return Promise.all(SUBJECTS.map(async (s) => (await found({ last_by_subj: `${name}.${s}` }))?.seq ?? 0));
      case 'newest': return (await found({ last_by_subj: `${name}.>` }))?.seq ?? 0;
      default:
        await broker.api(`STREAM.DELETE.${name}`);
        return void (await this.make());
    }
  }
}

const TRACES = counts(300, 5000);
/** Traces that run side by side; the server answers each of them in its own order. */
const LANES = 16;

describe('the log in memory and a real stream', () => {
  let broker: Broker;
  beforeAll(async () => { broker = await Broker.start(); });
  afterAll(() => broker.stop());

  it(`answer ${TRACES} random traces alike`, async () => {
    const seen = new Map<string, number>();
    const see = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);
    const work = async (lane: number): Promise<void> => {
      for (let trace = lane; trace < TRACES; trace += LANES) {
        const steps = stepsOf(new Random(SEED + trace));
        const model = new MemoryLog({ batches: true });
        const real = new Real(broker, `T${trace}`);
        await real.make();
        for (let i = 0; i < steps.length; i++) {
          const wanted = onModel(model, steps[i]);
          const got = await real.run(steps[i]);
          expect(got, `seed ${SEED + trace}, step ${i} of ${JSON.stringify(steps.slice(0, i + 1))}`).toEqual(wanted);
          see(steps[i].do);
          if (got !== null && typeof got === 'object' && 'code' in got) see(`${steps[i].do} ${String(got.code)}`);
          if (got !== null && typeof got === 'object' && 'duplicate' in got && got.duplicate === true) see(`${steps[i].do} duplicate`);
        }
        await broker.api(`STREAM.DELETE.${real.name}`);
      }
    };
    await Promise.all(Array.from({ length: LANES }, (_, lane) => work(lane)));
    for (const what of ['publish', 'batch', 'purge', 'delete', 'get', 'state', 'tails', 'newest', 'recreate',
      'publish 10071', 'publish 10070', 'publish duplicate', 'batch 10071', 'batch 10201']) {
      expect(seen.get(what) ?? 0, `${what} was never seen`).toBeGreaterThan(0);
    }
    told('conformance', `${TRACES} traces, ${[...seen].map(([what, n]) => `${n} ${what}`).join(', ')}`);
  }, counts(60_000, 900_000));

  it.each([['remember', 60_000], ['have forgotten', 100]] as const)('%s the last id after a restart, by the window', async (_, windowMs) => {
    const name = `R${windowMs}`;
    await broker.stream(name, { duplicate_window: windowMs * 1e6 });
    const real = new Real(broker, name);
    let now = 0;
    const model = new MemoryLog({ rememberUs: windowMs * 1000, now: () => now });
    const both = async (step: Step): Promise<void> => expect(await real.run(step), JSON.stringify(step)).toEqual(onModel(model, step));
    await both({ do: 'publish', id: 'i1', subject: 'a', expect: {} });
    await both({ do: 'publish', id: 'i2', subject: 'a', expect: { lastId: 'i1' } });
    await pause(300);
    now += 300_000;
    await broker.server.kill();
    await broker.server.start();
    model.restart();
    await both({ do: 'state' });
    await both({ do: 'publish', id: 'i3', subject: 'a', expect: { lastId: 'i2' } });
    await both({ do: 'publish', id: 'i2', subject: 'a', expect: {} });
    await both({ do: 'publish', id: 'i4', subject: 'b', expect: { lastSeq: 2 } });
    await both({ do: 'tails' });
  });
});
