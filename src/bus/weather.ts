import type { Random } from '../core/random.ts';

export type Fate = 'arrives' | 'lost' | 'unanswered' | 'answered twice' | 'no room' | 'cut';

/** What the way to a log does to what goes over it. Without weather everything arrives at once. */
export interface Weather {
  /** Called before each step of a request; what it returns is waited for. */
  step(): Promise<void> | undefined;
  /** What becomes of a message that is published. `cut` ends the connection with all that is under way. */
  fate(): Fate;
  /** How many of so many messages that wait for a reader it is given now; at least one. */
  portion(waiting: number): number;
}

export const CALM: Weather = Object.freeze({ step: () => undefined, fate: () => 'arrives' as const, portion: (n: number) => n });

/** Faults by a seed: each kind with the given chance, steps put off by up to three turns. */
export function roughWeather(random: Random, chance: number): Weather {
  const kinds: readonly Fate[] = ['lost', 'unanswered', 'answered twice', 'no room', 'cut'];
  return {
    step: () => turns(random.int(0, 3)),
    fate: () => (random.next() < chance ? kinds[random.int(0, kinds.length - 1)] : 'arrives'),
    portion: (n) => random.int(1, n),
  };
}

async function turns(n: number): Promise<void> {
  for (let i = 0; i < n; i++) await Promise.resolve();
}
