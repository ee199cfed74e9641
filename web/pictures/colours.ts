/** A colour as the style sheet has it: red, green and blue, from 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/** A colour that the style sheet names, such as `--hot`, as it is where an element is. */
export function colourOf(element: Element, name: string): Colour {
  const written = getComputedStyle(element).getPropertyValue(name).trim();
  const digits = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(written);
  if (!digits) return [128, 128, 128];
  const [, red = '', green = '', blue = ''] = digits;
  return [red, green, blue].map((two) => Number.parseInt(two, 16)) as unknown as Colour;
}

/** A colour between two: 0 is the first. */
export function between([r, g, b]: Colour, [red, green, blue]: Colour, share: number): Colour {
  return [r + (red - r) * share, g + (green - g) * share, b + (blue - b) * share];
}
