import { ComputeFailure } from './ComputeFailure.js';
import type { GateOfText } from './GateReader.js';
import { isOn } from './OnBits.js';
import type { GatePlace, HeatMapResult, OnRule, RankUnitsResult } from './types.js';

/** So many values are looked at for a threshold. */
const LOOKED_AT = 10_000;

/** A gate over a text, as a picture needs it. */
export function heatMapOf({ tokens, width, start, values }: GateOfText, { layer, gate }: GatePlace): HeatMapResult {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const [least, most] = values.length > 0 ? [low, high] : [0, 0];
  return {
    ...{ layer, gate, tokens, width, low: least, high: most, threshold: upperQuarter(values) },
    // Their own: an answer's arrays may be moved.
    ...{ values: values.slice(), start: start.slice() },
  };
}

/** What a quarter of the values is above. */
function upperQuarter(values: Float32Array): number {
  const step = Math.max(1, Math.floor(values.length / LOOKED_AT));
  const some = values.filter((_, at) => at % step === 0).sort();
  return some[Math.floor((some.length - 1) * 0.75)] ?? 0;
}

/** Units that are on throughout a passage, those first that are seldom on elsewhere; of equals, those that are far beyond the threshold. */
export function rankUnits(
  { tokens, width, values }: GateOfText,
  { layer, gate }: GatePlace,
  rule: OnRule,
  { from, to }: { readonly from: number; readonly to: number },
): RankUnitsResult {
  const count = tokens.ids.length;
  if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from < to && to <= count))
    throw new ComputeFailure({
      kind: 'input',
      message: `Expected a passage of one token or more of ${count}, got ${from} to ${to}`,
      advice: 'Select a passage of the text.',
    });
  const found: { unit: number; elsewhere: number; mean: number }[] = [];
  for (let unit = 0; unit < width; unit++) {
    let [inside, outside, sum] = [0, 0, 0];
    for (let token = 0; token < count; token++) {
      const value = values[token * width + unit] as number;
      const isInside = token >= from && token < to;
      if (isInside) sum += value;
      if (!isOn(value, rule)) continue;
      if (isInside) inside++;
      else outside++;
    }
    const others = count - (to - from);
    if (inside === to - from)
      found.push({ unit, elsewhere: others === 0 ? 0 : outside / others, mean: sum / (to - from) });
  }
  const beyond = ({ mean }: { mean: number }): number => Math.abs(mean - rule.threshold);
  found.sort((a, b) => a.elsewhere - b.elsewhere || beyond(b) - beyond(a) || a.unit - b.unit);
  return {
    ...{ layer, gate, from, to },
    units: Int32Array.from(found, ({ unit }) => unit),
    elsewhere: Float32Array.from(found, ({ elsewhere }) => elsewhere),
    mean: Float32Array.from(found, ({ mean }) => mean),
  };
}
