import type { OpenModel } from './OpenModel.js';
import { textTokens, tokenAt } from './textTokens.js';
import type { MemoryResult, MemoryRow } from './types.js';

/** How much each earlier token matters for the one at a place of a text. */
export async function memoryRow({ name, model, facts }: OpenModel, text: string, offset: number): Promise<MemoryRow> {
  const tokens = textTokens(model.tokenizer, text);
  const at = tokenAt(tokens, offset);
  const all = await model.connectivity(text, at);
  const sum = all.reduce((total, norm) => total + norm, 0);
  const shares = all.map((norm) => (sum > 0 ? norm / sum : 0));
  return {
    ...{ model: name, cell: facts.cell, tokens, at },
    ...{ norms: all.slice(1), startNorm: all[0] ?? 0, shares: shares.slice(1), startShare: shares[0] ?? 0 },
    ...{ half: lastThatHave(shares, 0.5), most: lastThatHave(shares, 0.9) },
  };
}

/** How many of the last have such a share of all. */
function lastThatHave(shares: Float64Array, share: number): number {
  let sum = 0;
  for (let count = 0; count < shares.length; count++) {
    if (sum >= share) return count;
    sum += shares[shares.length - 1 - count] as number;
  }
  return sum > 0 ? shares.length : 0;
}

/** Rows, and what they say. */
export function memoryOf(rows: readonly MemoryRow[], isOfCharacters: boolean): MemoryResult {
  const noun = isOfCharacters ? 'character' : 'token';
  const reach = ({ at, most }: MemoryRow): string =>
    most > at ? 'all that was read' : most === 1 ? `the last ${noun}` : `the last ${most} ${noun}s`;
  const nearest = rows.toSorted((a, b) => a.most - b.most);
  const [first] = nearest;
  return {
    rows,
    howToRead: `The darker an earlier ${noun}, the more a small change of it would change how probable the model finds the chosen one: each row shows the length of the gradient ∂ log p / ∂ embedding as a share of the whole row, so that rows of different models compare.`,
    whatItShows:
      !first || first.at === 0
        ? `Nothing was read before the first ${noun}.`
        : `Nine tenths of what matters here are within ${listed(nearest.map((row) => `${reach(row)} for the ${row.cell.toUpperCase()}`))}.`,
  };
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
