import { SourceError } from '../errors.js';
import { holdOutPlace } from '../pipeline/holdOut.js';

/**
 * The share of sentences to hold out so that each side has one: that which is asked for where it does. With few sentences, all of
 * them may stand on one side of it; then the share that parts the outermost one from the others.
 * @throws {SourceError} when there are no two sentences that differ.
 */
export async function shareToHoldOut(sentences: AsyncIterable<string>, share: number): Promise<number> {
  const places = { lowest: Infinity, highest: -Infinity, second: Infinity };
  for await (const sentence of sentences) {
    const place = holdOutPlace(sentence);
    if (place < places.lowest) places.second = places.lowest;
    else if (place > places.lowest) places.second = Math.min(places.second, place);
    places.lowest = Math.min(places.lowest, place);
    places.highest = Math.max(places.highest, place);
    if (places.lowest < share && places.highest >= share) return share;
  }
  if (places.highest < places.lowest) return share;
  if (places.highest === places.lowest)
    throw new SourceError(
      'Expected two different sentences at least, one of them to validate on, got one: validation takes a text for that',
      { options: ['validation'] },
    );
  return places.lowest >= share ? places.second : places.highest;
}
