import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { HeatMapResult } from '../compute/types.js';
import { drawHeatMap } from '../pictures/drawHeatMap.js';
import { settings } from '../state/settings.js';
import { shownText } from './shownText.js';
import { textOfToken } from './tokenAt.js';

/** How wide a token and how high a unit is, in pixels of CSS. */
const CELL = { width: 14, height: 3 };

/** What every unit is at every token, as a picture: a row a unit, a column a token. */
export function HeatMap({
  map,
  unit,
  passage,
  label,
  onUnit,
}: {
  map: HeatMapResult;
  unit: number;
  /** The tokens that are selected: the first, and the one behind the last. */
  passage: readonly [from: number, to: number] | undefined;
  label: string;
  onUnit: (unit: number, token: number) => void;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scroller = useRef<HTMLElement>(null);
  const theme = settings.theme.signal.value;
  useLayoutEffect(() => {
    if (canvas.current) drawHeatMap(canvas.current, map);
  }, [map, theme]);
  useEffect(() => {
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const draw = (): void => {
      if (canvas.current) drawHeatMap(canvas.current, map);
    };
    scheme.addEventListener('change', draw);
    return () => scheme.removeEventListener('change', draw);
  }, [map]);
  const cell = Math.max(CELL.height, Math.min(24, Math.floor(240 / map.width)));
  useLayoutEffect(() => {
    const { current: view } = scroller;
    const y = (unit + 0.5) * cell;
    // The row that is chosen is in sight.
    if (view && (y < view.scrollTop || y > view.scrollTop + view.clientHeight - 40))
      view.scrollTop = y - view.clientHeight / 2;
  }, [unit, cell]);
  const count = map.tokens.starts.length - 1;
  const size = { width: `${count * CELL.width}px`, height: `${map.width * cell}px` };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard.
    <section class="scroller" aria-label={label} tabIndex={0} ref={scroller}>
      <div class="heat">
        <div class="columns-of-text" aria-hidden="true">
          {Array.from({ length: count }, (_, token) => (
            <span
              key={token}
              class={passage && token >= passage[0] && token < passage[1] ? 'chosen' : ''}
              style={{ width: `${CELL.width}px` }}
            >
              {shownText(textOfToken(map.tokens, token)).slice(0, 3)}
            </span>
          ))}
        </div>
        <div class="cells" style={size}>
          <canvas
            ref={canvas}
            role="img"
            aria-label={`${map.width} units over ${count} tokens; the field Unit chooses one`}
            style={size}
            onClick={({ offsetX, offsetY }) =>
              onUnit(
                Math.min(map.width - 1, Math.floor(offsetY / cell)),
                Math.min(count - 1, Math.floor(offsetX / CELL.width)),
              )
            }
          />
          <div class="row-mark" style={{ top: `${unit * cell}px`, height: `${cell}px` }} />
        </div>
      </div>
    </section>
  );
}
