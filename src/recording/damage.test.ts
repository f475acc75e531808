import { spawn } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, beforeAll, describe as group, expect, it } from 'vitest';
import { Random } from '../core/random.ts';
import { readBack, record, same, someRows, temporary, type ReadBack, type Row } from './recording.fixture.ts';
import { repairRecording } from './repair.ts';
import { decodeSums, SUMS_BYTES } from './sums.ts';

const base = temporary();
afterAll(() => rmSync(base, { recursive: true }));

const CHUNK = 50;
/** Six whole chunks and one of six rows, so that every byte of the last one can be tried. */
const rows = someRows(306);
const DATA = 'trades.000001.arrow';
const SUMS = 'trades.000001.sums';

/** A copy of a recording, to be damaged. */
function copyOf(name: string, as = 'copy'): string {
  const to = join(base, as);
  rmSync(to, { recursive: true, force: true });
  cpSync(join(base, name), to, { recursive: true });
  return to;
}

const isPrefix = (got: readonly Row[]): boolean => got.length <= rows.length && got.every((r, i) => same(r, rows[i]));

/** Rows that were recorded, in order, with whole chunks missing. */
function isThinned(got: readonly Row[]): boolean {
  const bySeq = new Map(rows.map((r) => [r[0], r]));
  return got.every((r, i) => same(r, bySeq.get(r[0])!) && (i === 0 || r[0] > got[i - 1][0]));
}

beforeAll(() => {
  record(join(base, 'open'), rows, { chunk: CHUNK, close: false });
  record(join(base, 'closed'), rows, { chunk: CHUNK });
});

group('a torn end', () => {
  it('of the data is cut at any byte, and repaired so that others open it', async () => {
    const size = statSync(join(base, 'open', DATA)).size;
    const last = decodeSums(readFileSync(join(base, 'open', SUMS)), 7 * SUMS_BYTES)!;
    expect([last.offset + last.length, last.rows]).toEqual([size, 6]);
    const torn = copyOf('open', 'torn');
    for (let length = size - 1; length >= last.offset; length--) {
      truncateSync(join(torn, DATA), length);
      const back = await readBack(torn);
      expect([back.refusal, back.rows.length, back.torn], `${length}`).toEqual([null, 300, length - last.offset]);
      if (length % 97 !== 0 && length !== size - 1) continue;
      expect(isPrefix(back.rows)).toBe(true);
      const at = copyOf('torn');
      repairRecording(at);
      expect(tableFromIPC(readFileSync(join(at, DATA))).numRows).toBe(300);
      expect((await readBack(at)).rows).toEqual(back.rows);
      expect(repairRecording(at)).toEqual([]);
    }
  }, 60_000);

  it('of the sidecar is cut at any byte', async () => {
    const at = copyOf('open');
    for (let length = 8 * SUMS_BYTES - 1; length >= 0; length--) {
      truncateSync(join(at, SUMS), length);
      const back = await readBack(at);
      expect([back.refusal, back.rows.length]).toEqual([null, Math.max(0, Math.floor(length / SUMS_BYTES) - 1) * CHUNK]);
      expect(isPrefix(back.rows)).toBe(true);
    }
  }, 60_000);

  it('of a closed file is reported, and never silent', async () => {
    const size = statSync(join(base, 'closed', DATA)).size;
    const at = copyOf('closed');
    for (let length = size - 1; length > 0; length -= 61) {
      truncateSync(join(at, DATA), length);
      const back = await readBack(at);
      expect(back.refusal?.code, `${length}`).toBe('E783');
      expect(isPrefix(back.rows)).toBe(true);
    }
  }, 60_000);

  it('that has the right length and the wrong bytes is cut as well', async () => {
    const at = copyOf('open');
    const bytes = readFileSync(join(at, DATA));
    const last = decodeSums(readFileSync(join(at, SUMS)), 7 * SUMS_BYTES)!;
    bytes.fill(0, last.offset + 500);
    writeFileSync(join(at, DATA), bytes);
    const back = await readBack(at);
    expect([back.refusal, back.rows.length]).toEqual([null, 300]);
    expect(back.torn).toBe(last.length);
    const [done] = repairRecording(at);
    expect([done.chunks, done.rows, done.cut, done.left]).toEqual([6, 300, last.length, 0]);
    expect(tableFromIPC(readFileSync(join(at, DATA))).numRows).toBe(300);
  });
});

it('a flipped bit is found wherever it is: no wrong row, no crash, and what is skipped is counted', async () => {
  const random = new Random(11);
  const copies = [copyOf('open', 'flip-open'), copyOf('closed', 'flip-closed')];
  const seen = { clean: 0, refused: 0, cut: 0, skipped: 0 };
  for (let k = 0; k < 1000; k++) {
    const which = ['open', 'closed'][k % 2];
    const at = copies[k % 2];
    const file = join(at, random.int(0, 3) === 0 ? SUMS : DATA);
    const bytes = readFileSync(file);
    const place = random.int(0, bytes.length - 1);
    const bit = 1 << random.int(0, 7);
    bytes[place] ^= bit;
    writeFileSync(file, bytes);
    const what = `${which} ${file.slice(at.length)} byte ${place}`;
    const back: ReadBack = await readBack(at);
    expect(isPrefix(back.rows), what).toBe(true);
    if (back.refusal !== null) {
      seen.refused++;
      expect(back.refusal.code, what).toBe('E783');
      expect(back.refusal.message, what).toMatch(/trades\.000001\.(arrow|sums) is damaged at byte \d+/);
      const gaps = await readBack(at, { allowGaps: true });
      expect([gaps.refusal, isThinned(gaps.rows)], what).toEqual([null, true]);
      if (gaps.skipped > 0) seen.skipped++;
      expect(gaps.rows.length, what).toBeGreaterThanOrEqual(back.rows.length);
      if (file.endsWith('.arrow') && place > 2000) expect(gaps.rows.length, what).toBeGreaterThanOrEqual(250);
    } else if (back.rows.length < rows.length) seen.cut++;
    else seen.clean++;
    bytes[place] ^= bit;
    writeFileSync(file, bytes);
  }
  // A bit of the footer harms nobody who reads by the sidecar; everything else shows.
  expect(seen.refused).toBeGreaterThan(500);
  expect(seen.skipped).toBeGreaterThan(300);
  expect(seen.cut).toBeGreaterThan(5);
  expect(seen.clean).toBeLessThan(400);
}, 120_000);

it('a bad chunk in the middle stays out of the footer that a repair writes', async () => {
  const at = copyOf('open');
  const bytes = readFileSync(join(at, DATA));
  const third = decodeSums(readFileSync(join(at, SUMS)), 3 * SUMS_BYTES)!;
  bytes[third.offset + third.length - 20] ^= 4;
  writeFileSync(join(at, DATA), bytes);
  expect((await readBack(at)).refusal?.message).toContain(`damaged at byte ${third.offset}`);
  const [done] = repairRecording(at);
  expect([done.chunks, done.left]).toEqual([6, 1]);
  expect(tableFromIPC(readFileSync(join(at, DATA))).numRows).toBe(256);
  const gaps = await readBack(at, { allowGaps: true });
  expect([gaps.rows.length, gaps.skipped, isThinned(gaps.rows)]).toEqual([256, 50, true]);
});

it('a missing file is reported', async () => {
  const at = copyOf('closed');
  rmSync(join(at, DATA));
  expect((await readBack(at)).refusal?.message).toMatch(/the file is missing, with 306 rows/);
});

it('a head without rows, as a kill at the birth of a file leaves it, goes away with a repair', async () => {
  const at = copyOf('open');
  copyFileSync(join(at, DATA), join(at, 'trades.000002.arrow'));
  truncateSync(join(at, 'trades.000002.arrow'), 5);
  writeFileSync(join(at, 'trades.000002.sums'), '');
  expect((await readBack(at)).rows.length).toBe(306);
  repairRecording(at);
  expect(readdirSync(at).filter((f) => f.endsWith('.arrow'))).toEqual([DATA]);
  expect((await readBack(at)).rows).toEqual(rows);
});

it('a process killed while it records leaves a whole prefix', async () => {
  const at = join(base, 'killed');
  mkdirSync(at);
  const url = new URL('recording.fixture.ts', import.meta.url).href;
  const code = `import { record, someRows } from ${JSON.stringify(url)};
    for (let k = 0; ; k++) { record(process.argv[1] + '/' + k, someRows(20000, 5), { chunk: 500, rotateBytes: 200000 }); console.log(k); }`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code, at]);
  await new Promise<void>((resolve) => child.stdout.once('data', () => setTimeout(resolve, 40)));
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  const all = someRows(20000, 5);
  const [first, second] = readdirSync(at).sort();
  const whole = await readBack(join(at, first));
  expect(whole.rows).toEqual(all);
  // The manifest is written by the fixture only at the end; the one of the first run describes the streams of the second as well.
  const torn = join(at, second ?? first);
  if (second !== undefined) {
    const manifest = JSON.parse(readFileSync(join(at, first, 'recording.json'), 'utf8')) as { streams: { files: unknown[] }[]; closed: unknown };
    manifest.streams[0].files = [];
    manifest.closed = null;
    writeFileSync(join(torn, 'recording.json'), JSON.stringify(manifest));
    const back = await readBack(torn);
    expect(back.refusal).toBeNull();
    expect(back.rows).toEqual(all.slice(0, back.rows.length));
    repairRecording(torn);
    const tables = readdirSync(torn).filter((f) => f.endsWith('.arrow')).sort().map((f) => tableFromIPC(readFileSync(join(torn, f))).numRows);
    expect(tables.reduce((s, n) => s + n, 0)).toBe(back.rows.length);
  }
}, 60_000);
