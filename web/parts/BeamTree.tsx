import { useLayoutEffect, useRef } from 'preact/hooks';
import type { BeamFrame, BeamRecord } from '../compute/types.js';
import { BEAM_CELL, type BeamColours, drawBeams, rowsOf, stepX } from '../pictures/drawBeams.js';
import { CanvasPen, SvgPen } from '../pictures/Pen.js';
import { drawnBy } from '../pictures/svgOf.js';
import { settings } from '../state/settings.js';

/** A beam search as a tree: a column a step, the best hypothesis of each on top. Only what is in sight is drawn. */
export function BeamTree({ record, frame }: { record: BeamRecord; frame: BeamFrame }) {
  const scroller = useRef<HTMLElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const shown = useRef({ record, frame });
  shown.current = { record, frame };
  const width = (record.stepStart.length - 1) * BEAM_CELL.width;
  const height = rowsOf(record) * BEAM_CELL.height;

  const draw = useRef((): void => {
    const { current: view } = scroller;
    const { current: sheet } = canvas;
    if (!view || !sheet) return;
    const context = sheet.getContext('2d');
    if (!context) return;
    const sharp = devicePixelRatio;
    const [wide, high] = [view.clientWidth, sheet.clientHeight];
    const pixels = [Math.round(wide * sharp), Math.round(high * sharp)] as const;
    if (sheet.width !== pixels[0] || sheet.height !== pixels[1]) [sheet.width, sheet.height] = pixels;
    // Of the window upon the tree, not of the tree, which may be narrower or wider: letters keep their shape.
    sheet.style.width = `${wide}px`;
    const left = view.scrollLeft;
    context.setTransform(sharp, 0, 0, sharp, 0, 0);
    context.clearRect(0, 0, wide, high);
    context.translate(-left, 0);
    const range = [Math.floor(left / BEAM_CELL.width) - 1, Math.ceil((left + wide) / BEAM_CELL.width)] as const;
    drawBeams(new CanvasPen(context), shown.current.record, shown.current.frame, coloursOf(sheet), range);
  });

  useLayoutEffect(() => {
    const { current: view } = scroller;
    const { current: sheet } = canvas;
    if (!view || !sheet) return undefined;
    drawnBy.set(sheet, () => {
      const pen = new SvgPen();
      const { record: all, frame: now } = shown.current;
      drawBeams(pen, all, now, coloursOf(sheet), [0, all.stepStart.length]);
      return pen.toString();
    });
    const redraw = (): void => draw.current();
    const watch = new ResizeObserver(redraw);
    watch.observe(view);
    view.addEventListener('scroll', redraw, { passive: true });
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', redraw);
    return () => {
      watch.disconnect();
      view.removeEventListener('scroll', redraw);
      scheme.removeEventListener('change', redraw);
    };
  }, []);

  const theme = settings.theme.signal.value;
  useLayoutEffect(() => {
    const { current: view } = scroller;
    if (view) {
      // The step that is shown stays in sight.
      const x = stepX(frame.step);
      if (x < view.scrollLeft + 40 || x > view.scrollLeft + view.clientWidth - 40)
        view.scrollLeft = x - view.clientWidth * 0.6;
    }
    draw.current();
  }, [record, frame, theme]);

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard.
    <section class="scroller beams" ref={scroller} aria-label="The search as a tree" tabIndex={0}>
      <div style={{ width: `${width}px`, height: `${height}px` }}>
        <canvas
          ref={canvas}
          role="img"
          aria-label={`The tree after step ${frame.step}; the table has its hypotheses`}
          style={{ height: `${height}px` }}
        />
      </div>
    </section>
  );
}

function coloursOf(element: Element): BeamColours {
  const style = getComputedStyle(element);
  const named = (name: string): string => style.getPropertyValue(name).trim();
  return { ink: named('--ink'), soft: named('--soft'), line: named('--faint'), accent: named('--accent') };
}
