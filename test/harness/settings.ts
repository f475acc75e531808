/** The full counts of the promises; without it a small share of them runs, in about a minute. */
export const LONG = process.env.MILLRACE_LONG === '1';

/** Where all chance in the suites starts. Every failure names the seed that brings it back. */
export const SEED = Number(process.env.MILLRACE_SEED ?? 20_250_102);

export const counts = <T>(usual: T, long: T): T => (LONG ? long : usual);

/** Says once per suite what was run, so that figures in a log can be read. */
export const told = (suite: string, figures: string): void =>
  console.log(`${suite}: ${figures} (seed ${SEED}${LONG ? ', full counts' : ''}; MILLRACE_SEED and MILLRACE_LONG=1 change it)`);
