import test from 'ava';
import { Lattice } from '../../../../src/text/sentencepiece/training/Lattice.js';
import { PieceList } from '../../../../src/text/sentencepiece/training/PieceList.js';
import fc from '../../../support/fastCheck.js';

/** A vocabulary of random pieces of a, b and c (0, 1, 2), as lists of symbols. */
const vocabulary = fc.uniqueArray(fc.array(fc.nat(2), { minLength: 1, maxLength: 3 }), {
  selector: String,
  minLength: 1,
  maxLength: 12,
});

function pieceList(pieces: readonly (readonly number[])[]): { symbols: Int32Array; list: PieceList } {
  const lengths = Int32Array.from(pieces, (piece) => piece.length);
  const starts = lengths.map((_, place) => lengths.subarray(0, place).reduce((sum, length) => sum + length, 0));
  return {
    symbols: Int32Array.from(pieces.flat()),
    list: new PieceList(
      starts,
      lengths,
      Float64Array.from(pieces, (_, place) => -1 - place / 3),
    ),
  };
}

/** All ways to split symbols into pieces. */
function ways(symbols: readonly number[], pieces: readonly (readonly number[])[]): number[][] {
  if (symbols.length === 0) return [[]];
  return pieces.flatMap((piece, place) =>
    piece.every((symbol, at) => symbols[at] === symbol)
      ? ways(symbols.slice(piece.length), pieces).map((way) => [place, ...way])
      : [],
  );
}

test('a lattice knows the probability of all ways, the expected counts, and the best way with and without a piece', (t) => {
  const lattice = new Lattice();
  fc.assert(
    fc.property(
      vocabulary,
      fc.array(fc.nat(2), { minLength: 1, maxLength: 7 }),
      fc.nat(11),
      (pieces, stretch, banned) => {
        const { symbols, list } = pieceList(pieces);
        const trie = list.trie(symbols);
        lattice.set(Int32Array.from([9, ...stretch, 9]), 1, stretch.length + 1, trie);
        const all = ways(stretch, pieces);
        const score = (way: readonly number[]): number =>
          way.reduce((sum, piece) => sum + (list.scores[piece] ?? 0), 0);
        const total = all.reduce((sum, way) => sum + Math.exp(score(way)), 0);
        const counts = pieces.map((_, piece) =>
          all.reduce((sum, way) => sum + (Math.exp(score(way)) / total) * way.filter((one) => one === piece).length, 0),
        );
        const expected = new Float64Array(pieces.length);
        const found = lattice.addExpected(list.scores, 2, expected);
        t.true(all.length === 0 ? found === -Infinity : Math.abs(found - Math.log(total)) < 1e-9);
        t.true(counts.every((count, piece) => all.length === 0 || Math.abs((expected[piece] ?? 0) - 2 * count) < 1e-9));
        for (const without of [-1, banned]) {
          const allowed = all.filter((way) => !way.includes(without));
          const best = lattice.best(list.scores, without);
          if (allowed.length === 0) t.deepEqual(best, []);
          else {
            t.deepEqual(
              best.flatMap((piece) => pieces[piece] ?? []),
              stretch,
            );
            t.true(Math.abs(score(best) - Math.max(...allowed.map(score))) < 1e-9);
            t.false(best.includes(without));
          }
        }
      },
    ),
  );
});
