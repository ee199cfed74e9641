import { withZoneout } from '../cells/zoneout.js';
import { naming } from '../model/naming.js';
import type { StoredModel } from '../model/readSavedModel.js';

/**
 * A model with zoneout as it decodes: its cell gives what is expected of the state.
 * @throws {FileFormatError} when the cell cannot have its zoneout; `place` says of which model.
 */
export function zonedModel(model: StoredModel, place: string): StoredModel {
  const { cell, config } = model;
  const { embeddingSize: input, hiddenSize: hidden, bias, zoneout = 0 } = config;
  // Not by `sizesOf`: with that, bundlers part what a page loads at once, which is packed the worse for it.
  return { ...model, cell: naming(place, () => withZoneout(cell, { input, hidden, bias }, zoneout).decoding) };
}
