import { PAD_ID, type Tokenizer } from '../../src/text/Tokenizer.js';
import type { Table } from './tablePredictor.js';

/** A sentence that a table can give. */
export interface PossibleSentence {
  readonly ids: readonly number[];
  /** Of each id, and of EOS where it has come. */
  readonly logProbabilities: readonly number[];
  /** Their sum. */
  readonly logProbability: number;
  /** EOS has come; else it is cut. */
  readonly complete: boolean;
}

/** Every sentence of at most so many tokens, EOS counted, and every beginning of one that is cut there. */
export function everySentence(
  tokenizer: Tokenizer,
  table: Table,
  maxLength: number,
  promptIds: ArrayLike<number> = [],
): PossibleSentence[] {
  const { eosId, unknownId } = tokenizer;
  const from = (ids: readonly number[], logProbabilities: readonly number[]): PossibleSentence[] => {
    if (ids.length === maxLength) return [sentence(ids, logProbabilities, false)];
    const row = table([eosId, ...Array.from(promptIds), ...ids]);
    return Array.from(row).flatMap((probability, id) => {
      if (probability === 0 || id === PAD_ID || id === unknownId) return [];
      const longer = [...logProbabilities, Math.fround(Math.log(probability))];
      return id === eosId ? [sentence(ids, longer, true)] : from([...ids, id], longer);
    });
  };
  return from([], []);
}

function sentence(ids: readonly number[], logProbabilities: readonly number[], complete: boolean): PossibleSentence {
  return { ids, logProbabilities, logProbability: logProbabilities.reduce((a, b) => a + b, 0), complete };
}
