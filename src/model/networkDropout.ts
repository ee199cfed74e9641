import type { Batch } from '../pipeline/Batch.js';
import { dropoutPlaces } from './Dropout.js';
import { type DropoutPlace, dropoutMask } from './dropoutMask.js';
import type { ModelConfig } from './ModelConfig.js';
import type { NetworkDropout } from './network/Network.js';

/**
 * The masks of a model at a place of its training, each a function of the model's seed, the place and what it is for; `undefined` where
 * nothing drops.
 */
export function networkDropout(
  { dropout, zoneout = 0, seed, embeddingSize, hiddenSize }: ModelConfig,
  vocabularySize: number,
  { size, length }: Pick<Batch, 'size' | 'length'>,
  place: DropoutPlace,
): NetworkDropout | undefined {
  const { perSequence, ...full } = dropoutPlaces(dropout);
  const risen = Math.min(1, (place.epoch + 1) / (full.risingEpochs + 1));
  const [input, output, state] = [risen * full.input, risen * full.output, risen * full.state];
  const [embedding, recurrentWeights] = [risen * full.embedding, risen * full.recurrentWeights];
  const { part: _, ...ofBatch } = place;
  /** Of each sequence at each time step, or, the same at all, of each sequence. */
  const ofRows = (rate: number, columns: number, what: string | number): Float32Array =>
    perSequence
      ? repeated(dropoutMask([size, columns], rate, seed, place, what), length)
      : dropoutMask([length * size, columns], rate, seed, place, what);
  const zoneoutOf = (part: string): number => (typeof zoneout === 'number' ? zoneout : (zoneout[part] ?? 0));
  const masks: NetworkDropout = {
    ...(embedding > 0 && { embedding: dropoutMask([vocabularySize, 1], embedding, seed, ofBatch, 'embedding') }),
    ...(input > 0 && { input: ofRows(input, embeddingSize, 'input') }),
    ...(output > 0 && { outputs: (layer) => ofRows(output, hiddenSize, layer) }),
    ...(state > 0 && {
      state: (layer, width) => dropoutMask([size, width], state, seed, place, `state.${layer}.${width}`),
    }),
    ...(recurrentWeights > 0 && {
      recurrentWeights: (layer, name, [rows = 0, columns = 0]) =>
        dropoutMask([rows, columns], recurrentWeights, seed, ofBatch, `weights.${layer}.${name}`),
    }),
    ...(zoneout !== 0 && {
      renewed: (layer, part, width) =>
        dropoutMask([length * size, width], zoneoutOf(part), seed, place, `zoneout.${layer}.${part}`, 1),
    }),
  };
  return Object.keys(masks).length === 0 ? undefined : masks;
}

/** The same rows so many times. */
function repeated(rows: Float32Array, times: number): Float32Array {
  const all = new Float32Array(rows.length * times);
  for (let at = 0; at < all.length; at += rows.length) all.set(rows, at);
  return all;
}
