import { escaped } from './svgOf.js';

/** How a line is drawn. */
export interface LineStyle {
  readonly colour: string;
  readonly width: number;
  readonly isDashed?: boolean;
}

/** How letters are drawn. */
export interface LetterStyle {
  readonly colour: string;
  readonly size: number;
  readonly isBold?: boolean;
  readonly align?: 'left' | 'center';
}

/** What pictures are drawn with: onto a canvas, or as SVG. */
export interface Pen {
  line(x: number, y: number, toX: number, toY: number, style: LineStyle): void;
  letters(text: string, x: number, y: number, style: LetterStyle): void;
}

const FAMILY = 'ui-monospace, Menlo, "Liberation Mono", "DejaVu Sans Mono", monospace';
const DASHES = [4, 3];

/** Draws onto a canvas. A style is set where it is another than before: that costs more than to draw. */
export class CanvasPen implements Pen {
  readonly #context: CanvasRenderingContext2D;
  #line: LineStyle | undefined;
  #letters: LetterStyle | undefined;

  constructor(context: CanvasRenderingContext2D) {
    this.#context = context;
    context.textBaseline = 'middle';
  }

  line(x: number, y: number, toX: number, toY: number, style: LineStyle): void {
    const context = this.#context;
    if (style !== this.#line) {
      this.#line = style;
      context.strokeStyle = style.colour;
      context.lineWidth = style.width;
      context.setLineDash(style.isDashed ? DASHES : []);
    }
    const middle = (x + toX) / 2;
    context.beginPath();
    context.moveTo(x, y);
    context.bezierCurveTo(middle, y, middle, toY, toX, toY);
    context.stroke();
  }

  letters(text: string, x: number, y: number, style: LetterStyle): void {
    const context = this.#context;
    if (style !== this.#letters) {
      this.#letters = style;
      context.fillStyle = style.colour;
      context.font = `${style.isBold ? '700 ' : ''}${style.size}px ${FAMILY}`;
      context.textAlign = style.align ?? 'left';
    }
    context.fillText(text, x, y);
  }
}

/** Writes what stands within `<svg>`. */
export class SvgPen implements Pen {
  readonly #parts: string[] = [];

  line(x: number, y: number, toX: number, toY: number, { colour, width, isDashed = false }: LineStyle): void {
    const middle = (x + toX) / 2;
    const dashes = isDashed ? ` stroke-dasharray="${DASHES}"` : '';
    this.#parts.push(
      `<path d="M${x} ${y}C${middle} ${y} ${middle} ${toY} ${toX} ${toY}" fill="none" stroke="${colour}" stroke-width="${width}"${dashes}/>`,
    );
  }

  letters(text: string, x: number, y: number, { colour, size, isBold = false, align = 'left' }: LetterStyle): void {
    const anchor = align === 'center' ? ' text-anchor="middle"' : '';
    const weight = isBold ? ' font-weight="700"' : '';
    this.#parts.push(
      `<text x="${x}" y="${y}" dominant-baseline="central" font-family="${escaped(FAMILY)}" font-size="${size}" fill="${colour}"${anchor}${weight} xml:space="preserve">${escaped(text)}</text>`,
    );
  }

  /** What was drawn. */
  toString(): string {
    return this.#parts.join('\n');
  }
}
