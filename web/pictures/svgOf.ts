/** What draws itself better than its pixels do: a canvas's own lines, as what stands within `<svg>`. */
export const drawnBy = new WeakMap<HTMLCanvasElement, () => string>();

/** A text for XML. */
export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
}

/** How far a picture's file goes beyond it on each side, in pixels of CSS. */
const MARGIN = 12;

/** What a picture shows now, as a file of SVG: its boxes, bars, letters and canvases, where they are and in their colours. */
export function svgOf(picture: HTMLElement, title: string): string {
  const scrolled = [...picture.querySelectorAll('*')]
    .filter(({ scrollLeft, scrollTop }) => scrollLeft !== 0 || scrollTop !== 0)
    .map((element) => ({ element, left: element.scrollLeft, top: element.scrollTop }));
  // What is scrolled out of sight is a part of it.
  picture.classList.add('whole');
  try {
    return drawn(picture, title);
  } finally {
    picture.classList.remove('whole');
    for (const { element, left, top } of scrolled) element.scrollTo({ left, top, behavior: 'instant' });
  }
}

function drawn(picture: HTMLElement, title: string): string {
  const frame = picture.getBoundingClientRect();
  const [width, height] = [Math.max(frame.width, picture.scrollWidth), Math.max(frame.height, picture.scrollHeight)];
  const [left, top] = [frame.left - picture.scrollLeft, frame.top - picture.scrollTop];
  const background = getComputedStyle(document.body).backgroundColor;
  const parts: string[] = [];
  const marks: string[] = [];
  const lines: Line[] = [];
  const draw = (element: Element): void => {
    if (element.matches('[data-no-picture], .visually-hidden')) return;
    const style = getComputedStyle(element);
    if (style.display === 'none' || style.visibility === 'hidden') return;
    if (isSeen(style.backgroundColor))
      for (const { x, y, width: wide, height: high } of element.getClientRects())
        parts.push(
          `<rect x="${near(x - left)}" y="${near(y - top)}" width="${near(wide)}" height="${near(high)}" fill="${style.backgroundColor}"/>`,
        );
    for (const { x, y, width: wide, height: high } of element.getClientRects()) {
      const place = { x: x - left, y: y - top, wide, high };
      marks.push(...frameOf(style, place), ...lineUnder(style, place));
    }
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
      else if (child instanceof Text) addLetters(lines, child, style);
    }
  };
  draw(picture);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${near(width + 2 * MARGIN)}" height="${near(height + 2 * MARGIN)}" viewBox="${-MARGIN} ${-MARGIN} ${near(width + 2 * MARGIN)} ${near(height + 2 * MARGIN)}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect x="${-MARGIN}" y="${-MARGIN}" width="100%" height="100%" fill="${background}"/>`,
    ...parts,
    ...marks,
    ...lines.filter(({ text }) => text.trim() !== '').map((line) => lettersOf(line, left, top)),
    '</svg>\n',
  ].join('\n');
}

/** A box, from the left and the top of the picture. */
interface Box {
  readonly x: number;
  readonly y: number;
  readonly wide: number;
  readonly high: number;
}

/** What is around a box: an outline, which marks a token or a row, or a border. */
function frameOf(style: CSSStyleDeclaration, { x, y, wide, high }: Box): string[] {
  const [color, thick] =
    style.outlineStyle === 'solid'
      ? [style.outlineColor, style.outlineWidth]
      : [style.borderTopColor, hasBorder(style, 'Top') && hasBorder(style, 'Left') ? style.borderTopWidth : '0'];
  const stroke = Number.parseFloat(thick);
  if (!(stroke > 0) || !isSeen(color)) return [];
  return [
    `<rect x="${near(x)}" y="${near(y)}" width="${near(wide)}" height="${near(high)}" fill="none" stroke="${color}" stroke-width="${stroke}"/>`,
  ];
}

function hasBorder(style: CSSStyleDeclaration, side: 'Top' | 'Left' | 'Bottom'): boolean {
  return style[`border${side}Style`] === 'solid' && Number.parseFloat(style[`border${side}Width`]) > 0;
}

/** What is under a box alone: a border, or the shadow within that marks a passage. */
function lineUnder(style: CSSStyleDeclaration, { x, y, wide, high }: Box): string[] {
  const [, shade, depth] = /^(rgb.*\)) 0px -([\d.]+)px 0px 0px inset$/.exec(style.boxShadow) ?? [];
  if (!shade && (!hasBorder(style, 'Bottom') || hasBorder(style, 'Top'))) return [];
  const thick = Number.parseFloat(depth ?? style.borderBottomWidth);
  const color = shade ?? style.borderBottomColor;
  return [
    `<rect x="${near(x)}" y="${near(y + high - thick)}" width="${near(wide)}" height="${near(thick)}" fill="${color}"/>`,
  ];
}

/** Letters of one style that stand side by side. */
interface Line {
  text: string;
  /** Where each letter is, from the left of the window. */
  readonly xs: number[];
  /** Where the next one would be. */
  end: number;
  readonly y: number;
  readonly height: number;
  /** Attributes. */
  readonly style: string;
}

/** Adds the letters of a text node, line by line as they stand; what goes on with a line is a part of it. */
function addLetters(lines: Line[], node: Text, given: CSSStyleDeclaration): void {
  const style = attributesOf(given);
  const range = document.createRange();
  let at = 0;
  for (const character of node.data) {
    range.setStart(node, at);
    at += character.length;
    range.setEnd(node, at);
    const [box] = range.getClientRects();
    if (!box || box.width === 0) continue;
    let line = lines.at(-1);
    if (!line || line.style !== style || Math.abs(line.y - box.y) > 1 || Math.abs(line.end - box.x) > 1) {
      line = { text: '', xs: [], end: box.x, y: box.y, height: box.height, style };
      lines.push(line);
    }
    line.text += character;
    // A letter of two units of UTF-16 has its place by the first.
    line.xs.push(...Array.from({ length: character.length }, () => box.x));
    line.end = box.right;
  }
}

function attributesOf({ color, fontFamily, fontSize, fontWeight, fontStyle }: CSSStyleDeclaration): string {
  // Letters that another layer shows are seen here.
  const ink = isSeen(color) ? color : getComputedStyle(document.body).color;
  return `fill="${ink}" font-family="${escaped(fontFamily)}" font-size="${fontSize}" font-weight="${fontWeight}" font-style="${fontStyle}"`;
}

function lettersOf({ text, xs, y, height, style }: Line, left: number, top: number): string {
  const places = xs.map((x) => near(x - left)).join(' ');
  return `<text x="${places}" y="${near(y - top + height * 0.78)}" ${style} xml:space="preserve">${escaped(text)}</text>`;
}

function isSeen(color: string): boolean {
  return color !== 'transparent' && !/[,/]\s*0\)$/.test(color);
}

function near(value: number): number {
  return Math.round(value * 100) / 100;
}
