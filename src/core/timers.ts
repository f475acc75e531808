/**
 * Event-time timers in (time, key) order on plain arrays, so that a snapshot is a copy.
 * Equal (time, key) fire once: a timer already pending is not added again.
 */
export class TimerHeap {
  private time: number[] = [];
  private key: number[] = [];
  private readonly pending = new Set<string>();

  /** Time of the earliest timer, or Infinity. */
  get due(): number {
    return this.time.length === 0 ? Infinity : this.time[0];
  }

  get size(): number {
    return this.time.length;
  }

  add(time: number, key: number): void {
    const id = `${time}/${key}`;
    if (this.pending.has(id)) return;
    this.pending.add(id);
    let i = this.time.push(time) - 1;
    this.key.push(key);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.before(i, parent)) break;
      this.swap(i, parent);
      i = parent;
    }
  }

  /** Removes the earliest timer and returns its key; read `due` first for its time. */
  pop(): number {
    const key = this.key[0];
    this.pending.delete(`${this.time[0]}/${key}`);
    const time = this.time.pop() as number;
    const last = this.key.pop() as number;
    const n = this.time.length;
    if (n > 0) {
      this.time[0] = time;
      this.key[0] = last;
      for (let i = 0; ;) {
        const left = 2 * i + 1;
        if (left >= n) break;
        const child = left + 1 < n && this.before(left + 1, left) ? left + 1 : left;
        if (!this.before(child, i)) break;
        this.swap(i, child);
        i = child;
      }
    }
    return key;
  }

  save(): readonly [time: number[], key: number[]] {
    return [this.time.slice(), this.key.slice()];
  }

  load(saved: readonly [time: number[], key: number[]]): void {
    this.time = saved[0].slice();
    this.key = saved[1].slice();
    this.pending.clear();
    this.time.forEach((t, i) => this.pending.add(`${t}/${this.key[i]}`));
  }

  private before(i: number, j: number): boolean {
    return this.time[i] < this.time[j] || (this.time[i] === this.time[j] && this.key[i] < this.key[j]);
  }

  private swap(i: number, j: number): void {
    const t = this.time[i];
    this.time[i] = this.time[j];
    this.time[j] = t;
    const k = this.key[i];
    this.key[i] = this.key[j];
    this.key[j] = k;
  }
}
