import type { BeamFrame, BeamRecord } from '../compute/types.js';
import { shownText } from '../parts/shownText.js';
import type { Pen } from './Pen.js';

/** How wide a step and how high a hypothesis is, in pixels of CSS. */
export const BEAM_CELL = { width: 34, height: 18 };

/** The colours of a tree. */
export interface BeamColours {
  readonly ink: string;
  readonly soft: string;
  readonly line: string;
  readonly accent: string;
}

/** How many hypotheses a step has at most: the height of the picture. */
export function rowsOf({ stepStart }: BeamRecord): number {
  let most = 1;
  for (let step = 1; step < stepStart.length; step++)
    most = Math.max(most, (stepStart[step] ?? 0) - (stepStart[step - 1] ?? 0));
  return most;
}

/** Where a step is, from the left. */
export function stepX(step: number): number {
  return (step + 0.5) * BEAM_CELL.width;
}

function rowY(record: BeamRecord, node: number): number {
  const row = node - (record.stepStart[record.step[node] ?? 0] ?? 0);
  return (row + 0.5) * BEAM_CELL.height;
}

/**
 * Draws a search as far as a step: what is committed bold, what can still win, and what was set aside dashed. Of all steps those between
 * two, which are in sight.
 */
export function drawBeams(
  pen: Pen,
  record: BeamRecord,
  frame: BeamFrame,
  colours: BeamColours,
  [first, last]: readonly [first: number, last: number],
): void {
  const { parent, stepStart, texts, id } = record;
  const alive = ancestorsOf(record, [...frame.live, ...frame.finished.slice(0, 1)]);
  const committed = new Set(frame.committed);
  const finished = new Set(frame.finished);
  const from = stepStart[Math.max(0, first)] ?? 0;
  const to = stepStart[Math.min(last, frame.step) + 1] ?? record.nodes;
  const lines = {
    committed: { colour: colours.accent, width: 2.5 },
    alive: { colour: colours.soft, width: 1 },
    aside: { colour: colours.line, width: 1, isDashed: true },
  };
  const letter = (colour: string, isBold: boolean) => ({ colour, size: 13, isBold, align: 'center' as const });
  const letters = {
    committed: letter(colours.accent, true),
    finished: letter(colours.ink, true),
    alive: letter(colours.ink, false),
    aside: letter(colours.soft, false),
  };
  const kinds = Array.from({ length: to - from }, (_, at): keyof typeof lines => {
    const node = from + at;
    return node === 0 || committed.has(node) ? 'committed' : alive[node] === 1 ? 'alive' : 'aside';
  });
  // What matters more is drawn over what matters less.
  for (const drawn of ['aside', 'alive', 'committed'] as const)
    for (const [at, kind] of kinds.entries()) {
      const node = from + at;
      if (kind !== drawn || node === 0) continue;
      const x = stepX(record.step[node] ?? 0);
      pen.line(x - BEAM_CELL.width + 8, rowY(record, parent[node] ?? 0), x - 8, rowY(record, node), lines[kind]);
    }
  for (const [at, kind] of kinds.entries()) {
    const node = from + at;
    const text = node === 0 ? '●' : id[node] === record.eosId ? '■' : shownText(texts[id[node] ?? 0] ?? '').slice(0, 3);
    const style = kind !== 'committed' && finished.has(node) ? letters.finished : letters[kind];
    pen.letters(text, stepX(record.step[node] ?? 0), rowY(record, node), style);
  }
}

/** What can still win, and all that leads to it: 1 for each such node. */
function ancestorsOf({ nodes, parent }: BeamRecord, ends: readonly number[]): Uint8Array {
  const alive = new Uint8Array(nodes);
  for (let node of ends)
    while (alive[node] === 0) {
      alive[node] = 1;
      node = parent[node] ?? 0;
    }
  alive[0] = 1;
  return alive;
}

/** What a node's path writes. */
export function textOfNode({ parent, texts, id, eosId }: BeamRecord, node: number): string {
  const parts: string[] = [];
  for (let at = node; at > 0; at = parent[at] ?? 0) if (id[at] !== eosId) parts.push(texts[id[at] ?? 0] ?? '');
  return parts.reverse().join('');
}
