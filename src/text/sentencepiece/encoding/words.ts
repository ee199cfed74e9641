import { SPACE_SYMBOL } from '../PieceDetokenizer.js';
import { Parts } from './Parts.js';
import type { Segment, Split } from './Segment.js';
import { utf8Length } from './utf8Length.js';
import type { Vocabulary } from './Vocabulary.js';

const SPACE = new TextEncoder().encode(SPACE_SYMBOL);

/** Pieces are whole words with the space before them; SentencePiece makes these even of models whose words should have it behind them. */
export function words(vocabulary: Vocabulary): Split {
  return (bytes) => {
    const segments: Segment[] = [];
    let start = 0;
    const cut = (end: number): void => {
      if (end > start) segments.push({ id: vocabulary.idOf(bytes, start, end), start, end });
      start = end;
    };
    for (let at = 0; at < bytes.length; ) {
      if (SPACE.every((byte, place) => bytes[at + place] === byte)) cut(at);
      at += utf8Length(bytes, at);
    }
    cut(bytes.length);
    return segments;
  };
}

/** Pieces are characters. */
export function characters(vocabulary: Vocabulary): Split {
  return (bytes) => {
    const parts = new Parts(bytes, vocabulary);
    return Array.from({ length: parts.count }, (_, part) => {
      const [start, end] = [parts.start(part), parts.end(part)];
      return { id: vocabulary.idOf(bytes, start, end), start, end };
    });
  };
}
