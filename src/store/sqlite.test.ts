import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, sqliteFrom } from './sqlite.ts';

const there = sqliteFrom() !== null;
if (!there) console.log('skipped: tests of SQLite, which is not installed here (npm run sqlite:get)');

describe.skipIf(!there)('a database', () => {
  let folder = '';
  beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'millrace-sqlite-')); });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('keeps numbers, texts, bytes and null', () => {
    const db = openDatabase(join(folder, 'a.db'));
    db.exec('create table t (a integer primary key, b text, c blob, d real)');
    expect(db.run('insert into t values (?, ?, ?, ?)', 1_700_000_000_000_000, 'x', new Uint8Array([1, 2, 255]), null)).toBe(1);
    expect(db.run('insert into t values (?, ?, ?, ?)', 2, null, null, 0.1)).toBe(1);
    const [one, two] = db.all('select * from t order by a desc');
    expect({ ...one, c: [...(one.c as Uint8Array)] }).toEqual({ a: 1_700_000_000_000_000, b: 'x', c: [1, 2, 255], d: null });
    expect({ ...two }).toEqual({ a: 2, b: null, c: null, d: 0.1 });
    expect(db.get('select b from t where a = ?', 7)).toBeUndefined();
    expect(db.run('delete from t')).toBe(2);
    db.close();
    db.close();
  });

  it('does all of a transaction or nothing', () => {
    const db = openDatabase(join(folder, 'b.db'), { synchronous: 'full' });
    db.exec('create table t (a integer)');
    expect(db.transaction(() => db.run('insert into t values (1)'))).toBe(1);
    expect(() => db.transaction(() => {
      db.run('insert into t values (2)');
      throw new TypeError('stop');
    })).toThrow('stop');
    db.close();
    const again = openDatabase(join(folder, 'b.db'));
    expect(again.all('select a from t').map((r) => r.a)).toEqual([1]);
    expect(again.get('pragma journal_mode')?.journal_mode).toBe('wal');
    again.close();
  });

  it('refuses what is no database, and says so', () => {
    const path = join(folder, 'c.db');
    writeFileSync(path, 'this is a text file, longer than the header of a database and then some more\n'.repeat(20));
    expect(() => openDatabase(path)).toThrow(/cannot open the database .*c\.db/);
    expect(() => openDatabase(join(folder, 'no/such/folder/d.db'))).toThrow(/cannot open the database/);
  });
});

it('without SQLite says what is missing and how to get it', () => {
  const empty = mkdtempSync(join(tmpdir(), 'millrace-none-'));
  const code = `import { openDatabase, sqliteFrom } from ${JSON.stringify(fileURLToPath(new URL('sqlite.ts', import.meta.url)))};
    if (sqliteFrom()?.startsWith('node:sqlite')) console.log('built in');
    else try { openDatabase('x.db'); } catch (e) { console.log(e.code, e.message, e.help.join(' ')); }`;
  const run = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code],
    { encoding: 'utf8', env: { ...process.env, MILLRACE_CACHE: empty } });
  rmSync(empty, { recursive: true });
  if (there && sqliteFrom()!.startsWith('node:sqlite')) expect(run.stdout).toBe('built in\n');
  else expect(run.stdout + run.stderr).toMatch(/^E780 SQLite is needed for x\.db.*npm run sqlite:get.*npm install better-sqlite3@/s);
});
