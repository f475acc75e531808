import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { Refusal } from '../core/diagnostic.ts';

/** Shorter ones can be guessed. */
const SHORTEST = 16;
const LONGEST = 512;

/** A token as it is kept: only its hash, so that no dump or log can show it. */
export class Token {
  private readonly hash: Buffer;

  constructor(text: string, where: string) {
    const plain = text.trim();
    const fault = plain.length < SHORTEST ? `has ${plain.length} characters, fewer than ${SHORTEST}`
      : plain.length > LONGEST ? `has ${plain.length} characters, more than ${LONGEST}`
      : !/^[A-Za-z0-9._~+/=-]+$/.test(plain) ? 'holds characters other than letters, digits and ._~+/=-' : null;
    if (fault !== null) {
      throw new Refusal('E793', `the token of ${where} ${fault}`, { exit: 2, help: ['openssl rand -hex 32 makes a good one'] });
    }
    this.hash = digest(plain);
  }

  /** True for `Bearer <token>`. Takes as long for a near miss as for nonsense. */
  accepts(authorization: string | undefined): boolean {
    const m = /^Bearer ([^\s]+)$/i.exec(authorization ?? '');
    return timingSafeEqual(digest(m?.[1] ?? ''), this.hash) && m !== null;
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();

/** Reads a token from a file that nobody else may read. */
export function tokenFile(path: string): Token {
  let text: string;
  try {
    const { mode } = statSync(path);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new Refusal('E793', `${path} can be read by others (mode ${(mode & 0o777).toString(8)})`, {
        exit: 2, help: [`chmod 600 ${path}`],
      });
    }
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new Refusal('E793', `the file of the token, ${path}, ${missing ? 'is not there' : 'cannot be read'}`, {
      exit: 2, cause: error, help: [`openssl rand -hex 32 > ${path}; chmod 600 ${path}`],
    });
  }
  return new Token(text, path);
}
