// Preloaded into a process: its wall clock leaps an hour on, then two hours back, and so on, every MILLRACE_LEAP milliseconds. What counts
// from the start of the process (performance.now, timers) does not leap, as in a machine whose time is set.
const HOUR = 3_600_000;
const every = Number(process.env.MILLRACE_LEAP);
const Real = globalThis.Date;
const begun = performance.now();
const off = () => (Math.floor((performance.now() - begun) / every) % 2 === 0 ? HOUR : -HOUR);

globalThis.Date = class extends Real {
  constructor(...args) {
    if (args.length === 0) super(Real.now() + off());
    else super(...args);
  }

  static now() {
    return Real.now() + off();
  }
};
