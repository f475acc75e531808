/** What is wrong with a page as markup: tags that do not close in order, ids that are taken twice or named but absent. */
export function faultsOf(page: string): string[] {
  const faults: string[] = [];
  const open: string[] = [];
  const ids: string[] = [];
  const named: string[] = [];
  const body = page.replace(/^<!DOCTYPE html>\n/, '').replace(/<style>[^<]*<\/style>/, '');
  const tag = /<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z-]+(?:="[^"<>]*")?)*)\s*(\/?)>/y;
  for (let i = 0; i < body.length;) {
    if (body[i] !== '<') {
      const end = body.indexOf('<', i);
      const text = body.slice(i, end < 0 ? undefined : end);
      if (/>|&(?!(amp|lt|gt|quot|#39);)/.test(text)) faults.push(`text: ${text.slice(0, 60)}`);
      i += text.length;
      continue;
    }
    tag.lastIndex = i;
    const found = tag.exec(body);
    if (found === null) return [...faults, `no tag: ${body.slice(i, i + 60)}`];
    const [all, closes, name, attributes, alone] = found;
    i += all.length;
    if (closes === '/') {
      if (open.pop() !== name) faults.push(`closes ${name} at ${i}`);
    } else if (alone !== '/') {
      open.push(name);
    }
    for (const [, key, value] of attributes.matchAll(/([a-zA-Z-]+)="([^"]*)"/g)) {
      if (key === 'id') ids.push(value);
      if (key === 'aria-labelledby') named.push(...value.split(' '));
      if (key === 'href') named.push(value.replace(/^#/, ''));
      if (/^on|^src/.test(key) || (key === 'href' && !value.startsWith('#'))) faults.push(`${key}=${value}`);
    }
  }
  if (open.length > 0) faults.push(`left open: ${open.join(' ')}`);
  faults.push(...ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => `twice: ${id}`));
  faults.push(...named.filter((id) => !ids.includes(id)).map((id) => `absent: ${id}`));
  return faults;
}
