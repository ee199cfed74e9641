import { map, type OperatorFunction } from 'rxjs';
import type { Sequence, TokenIds, Tokenizer } from '../text/Tokenizer.js';

/**
 * Ends each sentence's ids with EOS.
 *
 *     [17, 46, 5] ──▶ appendEos(tokenizer) ──▶ [17, 46, 5, 1]
 */
export function appendEos({ eosId }: Pick<Tokenizer, 'eosId'>): OperatorFunction<TokenIds, Sequence> {
  return map((ids) => {
    const sequence = new Int32Array(ids.length + 1);
    sequence.set(ids);
    sequence[ids.length] = eosId;
    return sequence as Sequence;
  });
}
