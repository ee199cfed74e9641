/** What draws itself better than its pixels do: a canvas's own lines, as what stands within `<svg>`. */
export const drawnBy = new WeakMap<HTMLCanvasElement, () => string>();

/** A text for XML. */
export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD]/g, '\uFFFD');
}

/** What a picture shows now, as a file of SVG: its boxes, bars, letters and canvases, where they are and in their colours. */
export function svgOf(picture: HTMLElement, title: string): string {
  const frame = picture.getBoundingClientRect();
  // What is scrolled out of sight is a part of it.
  const [width, height] = [Math.max(frame.width, picture.scrollWidth), Math.max(frame.height, picture.scrollHeight)];
  const [left, top] = [frame.left - picture.scrollLeft, frame.top - picture.scrollTop];
  const background = getComputedStyle(document.body).backgroundColor;
  const parts: string[] = [];
  const draw = (element: Element): void => {
    if (element.matches('[data-no-picture], .visually-hidden')) return;
    const style = getComputedStyle(element);
    if (style.display === 'none' || style.visibility === 'hidden') return;
    if (isSeen(style.backgroundColor))
      for (const { x, y, width: wide, height: high } of element.getClientRects())
        parts.push(
          `<rect x="${near(x - left)}" y="${near(y - top)}" width="${near(wide)}" height="${near(high)}" fill="${style.backgroundColor}"/>`,
        );
    if (element instanceof HTMLCanvasElement) {
      const { x, y, width: wide, height: high } = element.getBoundingClientRect();
      const own = drawnBy.get(element);
      parts.push(
        own
          ? `<g transform="translate(${near(x - left)} ${near(y - top)})">${own()}</g>`
          : `<image x="${near(x - left)}" y="${near(y - top)}" width="${near(wide)}" height="${near(high)}" preserveAspectRatio="none" style="image-rendering:pixelated" href="${element.toDataURL()}"/>`,
      );
      return;
    }
    for (const child of element.childNodes) {
      if (child instanceof Element) draw(child);
      else if (child instanceof Text) parts.push(...linesOf(child, style, left, top));
    }
  };
  draw(picture);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${near(width)}" height="${near(height)}" viewBox="0 0 ${near(width)} ${near(height)}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" fill="${background}"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

/** The letters of a text node, line by line as they stand. */
function linesOf(node: Text, style: CSSStyleDeclaration, left: number, top: number): string[] {
  const range = document.createRange();
  const lines: { text: string; x: number; y: number; height: number }[] = [];
  let at = 0;
  for (const character of node.data) {
    range.setStart(node, at);
    at += character.length;
    range.setEnd(node, at);
    const [box] = range.getClientRects();
    if (!box || box.width === 0) continue;
    const line = lines.at(-1);
    if (line && Math.abs(line.y - box.y) < 1) line.text += character;
    else lines.push({ text: character, x: box.x, y: box.y, height: box.height });
  }
  const { color, fontFamily, fontSize, fontWeight, fontStyle, fontVariantNumeric } = style;
  return lines
    .filter(({ text }) => text.trim() !== '')
    .map(
      ({ text, x, y, height }) =>
        `<text x="${near(x - left)}" y="${near(y - top + height * 0.78)}" fill="${color}" font-family="${escaped(fontFamily)}" font-size="${fontSize}" font-weight="${fontWeight}" font-style="${fontStyle}" font-variant-numeric="${fontVariantNumeric}" xml:space="preserve">${escaped(text)}</text>`,
    );
}

function isSeen(color: string): boolean {
  return color !== 'transparent' && !/[,/]\s*0\)$/.test(color);
}

function near(value: number): number {
  return Math.round(value * 100) / 100;
}
