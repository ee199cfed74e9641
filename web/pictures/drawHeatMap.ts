import type { HeatMapResult } from '../compute/types.js';
import { between, colourOf } from './colours.js';

/** How many shades a colour has. */
const SHADES = 64;

/** The largest that a gate is on either side of 0, at least what makes colours: of gates between 0 and 1, that is 1. */
export function scaleOf({ low, high }: HeatMapResult): number {
  return low >= 0 && high <= 1 ? 1 : Math.max(Math.abs(low), Math.abs(high), 1e-9);
}

/** Draws what each unit is at each token: a pixel each, a row a unit, a column a token. */
export function drawHeatMap(canvas: HTMLCanvasElement, map: HeatMapResult): void {
  const { width: units, values } = map;
  const tokens = Math.max(1, map.tokens.starts.length - 1);
  canvas.width = tokens;
  canvas.height = units;
  const context = canvas.getContext('2d');
  if (!context) return;
  const [none, hot, cold] = ['--none', '--hot', '--cold'].map((name) => colourOf(canvas, name));
  if (!none || !hot || !cold) return;
  const shades = Array.from({ length: 2 * SHADES + 1 }, (_, at) =>
    between(none, at < SHADES ? cold : hot, Math.abs(at - SHADES) / SHADES),
  );
  const image = context.createImageData(tokens, units);
  const scale = scaleOf(map);
  for (let token = 0; token < values.length / units; token++)
    for (let unit = 0; unit < units; unit++) {
      const value = (values[token * units + unit] ?? 0) / scale;
      const [red, green, blue] = shades[Math.round(Math.min(1, Math.max(-1, value)) * SHADES) + SHADES] ?? none;
      const pixel = 4 * (unit * tokens + token);
      image.data[pixel] = red;
      image.data[pixel + 1] = green;
      image.data[pixel + 2] = blue;
      image.data[pixel + 3] = 255;
    }
  context.putImageData(image, 0, 0);
}

/** The unit that changes most over a text. */
export function liveliestUnit({ width, values }: HeatMapResult): number {
  const tokens = values.length / width;
  let [best, most] = [0, -1];
  for (let unit = 0; unit < width; unit++) {
    let [sum, squares] = [0, 0];
    for (let token = 0; token < tokens; token++) {
      const value = values[token * width + unit] ?? 0;
      sum += value;
      squares += value * value;
    }
    const variance = squares - (sum * sum) / Math.max(1, tokens);
    if (variance > most) [best, most] = [unit, variance];
  }
  return best;
}
