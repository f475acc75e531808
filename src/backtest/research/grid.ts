import { Refusal } from '../../core/diagnostic.ts';
import type { Search } from './search.ts';
import { type Params, paramsOf, sizeOf, type Space } from './space.ts';

/** Sets in a row that `where` may refuse before the search says so, instead of running for ever. */
const MOST_REFUSED = 1_000_000;

/**
 * The full product in a stable order: the last parameter changes fastest, values go in the order in which they are written. Counts like an
 * odometer, so that a product of any size takes no memory. Refuses a continuous range (E641), and a million sets in a row that `where`
 * does not let pass (E642).
 */
export function gridSearch(space: Space): Search {
  const endless = space.axes.find((a) => a.levels === Infinity);
  if (endless !== undefined) {
    throw new Refusal('E641', `a grid over \`${endless.name}\` has no end: the range is continuous`, {
      exit: 2, help: ['give it `step`, `points` or a list', 'or search with `random` or `tpe`'],
    });
  }
  const digits = space.axes.map(() => 0);
  let done = false;
  const advance = (): void => {
    for (let i = digits.length - 1; i >= 0; i--) {
      digits[i] += 1;
      if (digits[i] < space.axes[i].levels) return;
      digits[i] = 0;
    }
    done = true;
  };
  return {
    size: sizeOf(space),
    ask(): Params | null {
      for (let refused = 0; !done; refused++) {
        if (refused === MOST_REFUSED) throw nothingAllowed(MOST_REFUSED);
        const params = paramsOf(space, (axis, i) => axis.at(digits[i]));
        advance();
        if (space.where(params)) return params;
      }
      return null;
    },
    tell: () => undefined,
  };
}

export const nothingAllowed = (tried: number): Refusal =>
  new Refusal('E642', `the condition of the search let none of ${tried} sets in a row pass`, {
    exit: 2, help: ['check the condition', 'narrow the ranges to where it can hold'],
  });
