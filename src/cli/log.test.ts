import { describe, expect, it } from 'vitest';
import { report } from './fail.ts';
import { Refusal } from '../core/diagnostic.ts';
import { JsonLog, wantsJsonLog } from './log.ts';
import { paints, terminal } from './terminal.ts';

interface Line {
  readonly time: string;
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

function logged(): { log: JsonLog; lines: () => Line[]; clock: { now: number } } {
  const out: string[] = [];
  const clock = { now: 1_700_000_000_000 };
  const log = new JsonLog((line) => void out.push(line), () => clock.now);
  return {
    log, clock,
    lines: () => out.map((l) => {
      expect(l).toMatch(/^\{.*\}\n$/);
      return JSON.parse(l) as Line;
    }),
  };
}

describe('a JSON log', () => {
  it('writes time, level, msg, code, pipeline and fields, a line each', () => {
    const { log, lines } = logged();
    log.write('info', 'before\n');
    log.about({ pipeline: 'p' });
    log.write('warn', '\ntwo\nlines\n', { code: 'E801', rows: 3, level: 'error' });
    log.write('info', 'for people ───', { msg: 'for machines' });
    log.write('info', '\n\n');
    expect(lines()).toEqual([
      { time: '2023-11-14T22:13:20.000Z', level: 'info', msg: 'before' },
      { time: '2023-11-14T22:13:20.000Z', level: 'error', msg: 'two\nlines', code: 'E801', pipeline: 'p', rows: 3 },
      { time: '2023-11-14T22:13:20.000Z', level: 'info', msg: 'for machines', pipeline: 'p' },
    ]);
    expect(Object.keys(lines()[1])).toEqual(['time', 'level', 'msg', 'code', 'pipeline', 'rows']);
    log.flush();
    expect(lines()).toHaveLength(3);
  });

  it('counts what comes again instead of writing it, and says how often', () => {
    const { log, lines, clock } = logged();
    for (let i = 0; i < 500; i++) log.write('warn', 'the link is down');
    log.write('warn', 'the link is down', { code: 'E761' });
    expect(lines()).toHaveLength(2);
    clock.now += 9_999;
    log.write('warn', 'the link is down');
    expect(lines()).toHaveLength(2);
    clock.now += 1;
    log.write('warn', 'something else');
    expect(lines().slice(2)).toEqual([
      expect.objectContaining({ msg: 'the link is down', repeated: 500 }) as Line, expect.objectContaining({ msg: 'something else' }) as Line,
    ]);
    expect(lines()[2]).not.toHaveProperty('code');
    log.write('warn', 'the link is down');
    log.write('warn', 'the link is down');
    log.flush();
    expect(lines().slice(4).map((l) => l.repeated)).toEqual([undefined, 1]);
  });

  it('remembers a bounded number of lines', () => {
    const { log, lines } = logged();
    log.write('info', 'first');
    for (let i = 0; i < 2_000; i++) log.write('info', `line ${i}`);
    log.write('info', 'first');
    expect(lines().filter((l) => l.msg === 'first')).toHaveLength(2);
    expect(lines()).toHaveLength(2_002);
    log.flush();
  });

  it('is asked for by the flag, wherever it stands, or the variable', () => {
    expect(wantsJsonLog(['run', 'a', '--log-format', 'json'], {})).toBe(true);
    expect(wantsJsonLog(['--log-format=json'], {})).toBe(true);
    expect(wantsJsonLog(['--log-format', 'text'], { MILLRACE_LOG_FORMAT: 'json' })).toBe(false);
    expect(wantsJsonLog([], { MILLRACE_LOG_FORMAT: 'json' })).toBe(true);
    expect(wantsJsonLog(['--log-format=json', '--log-format=text'], {})).toBe(false);
    expect(wantsJsonLog(['--log-format'], {})).toBe(false);
  });

  it('has what a terminal says, and what ends a verb', () => {
    const { log, lines } = logged();
    const t = terminal({ color: 'always' }, log);
    t.about({ pipeline: 'p' });
    t.say(t.paint.bold('plain'), { rows: 1 });
    t.warn('careful', { code: 'W120' });
    expect(report(new Refusal('E791', 'the port is taken', { exit: 6, help: ['use another'] }), false, paints(true), log)).toBe(6);
    expect(report(new TypeError('oops'), false, paints(true), log)).toBe(1);
    expect(lines().map(({ time: _, ...l }) => l)).toEqual([
      { level: 'info', msg: 'plain', pipeline: 'p', rows: 1 }, { level: 'warn', msg: 'careful', code: 'W120', pipeline: 'p' },
      { level: 'error', msg: 'the port is taken', code: 'E791', pipeline: 'p', exit: 6, help: ['use another'] },
      { level: 'fatal', msg: expect.stringMatching(/^a fault inside millrace .*oops$/) as string, code: 'E900', pipeline: 'p', exit: 1 },
    ]);
    expect([t.jsonLog, t.isTty]).toEqual([true, false]);
    log.flush();
  });
});
