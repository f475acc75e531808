/**
 * `MILLRACE_FAILPOINT=sent:37` ends this process, as a crash would, when the run passes that point for the 37th time. For tests of what is
 * left behind; nothing without the variable.
 */
export function failpoint(env: Readonly<Record<string, string | undefined>>): ((name: string) => void) | null {
  const [wanted, count = '1'] = (env.MILLRACE_FAILPOINT ?? '').split(':');
  if (wanted === '') return null;
  let left = Number(count);
  return (name) => {
    if (name === wanted && --left <= 0) process.kill(process.pid, 'SIGKILL');
  };
}
