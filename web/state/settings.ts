import type { PinnedUnit } from '../compute/types.js';
import { listOf, type NumberBounds, numberWithin, numeric, oneOf, optional, type Setting, words } from './Setting.js';

/** The views of the page, in their order. */
export const VIEWS = ['write', 'units', 'memory', 'beams', 'steer', 'yours'] as const;

/** One of these. */
export type View = (typeof VIEWS)[number];

/** Bounds of what is set by numbers; fields show them, and addresses are held to them. */
export const BOUNDS = {
  temperature: { min: 0.05, max: 5 },
  topK: { min: 1, max: 100_000, integer: true },
  share: { min: 0.001, max: 1 },
  seed: { min: 0, max: 4_294_967_295, integer: true },
  length: { min: 1, max: 2_000, integer: true },
  beams: { min: 1, max: 128, integer: true },
  steps: { min: 1, max: 1_000, integer: true },
  penalty: { min: 0, max: 5 },
  place: { min: -1, max: 10_000_000, integer: true },
  value: { min: -1_000, max: 1_000 },
} as const satisfies Record<string, NumberBounds>;

/** All that can be set, by its name in the address. What a link shows depends on nothing else. */
export const settings = {
  view: oneOf(VIEWS, 'write'),
  theme: oneOf(['auto', 'light', 'dark'], 'auto'),
  /** The model that is looked at: its name, or the URL of its directory. Default: the first that there is. */
  model: words(''),
  /** What Write, Units and Memory look at. */
  text: words('We will not forget the men and women who served our country, and'),
  /** Where in it: a UTF-16 unit; −1 is behind its end. */
  at: numeric(-1, BOUNDS.place),
  temperature: numeric(0.7, BOUNDS.temperature),
  topK: optional(BOUNDS.topK),
  topP: optional(BOUNDS.share),
  minP: optional(BOUNDS.share),
  seed: numeric(1, BOUNDS.seed),
  /** How much is written when a model goes on, in tokens. */
  length: numeric(80, BOUNDS.length),
  layer: numeric(0, { min: 0, max: 1_000, integer: true }),
  /** Default: the first part of the state. */
  gate: words(''),
  /** Which unit; −1: the one that matches the selected passage best, or else changes most. */
  unit: numeric(-1, BOUNDS.place),
  /** Above what a unit is on. Default: what a quarter of all is above. */
  threshold: optional(BOUNDS.value),
  side: oneOf(['above', 'below'], 'above'),
  /** The passage that was selected, as UTF-16 units. */
  from: numeric(-1, BOUNDS.place),
  to: numeric(-1, BOUNDS.place),
  /** What Beams and Steer begin with. */
  prompt: words('We will '),
  beams: numeric(8, BOUNDS.beams),
  steps: numeric(60, BOUNDS.steps),
  penalty: numeric(0, BOUNDS.penalty),
  /** The step of the search that is shown; −1: the last. */
  step: numeric(-1, BOUNDS.place),
  pins: listOf(writePin, readPin),
  /** The models that Memory compares. Default: the first ones. */
  rows: listOf(encodeURIComponent, decodedName),
} as const;

/** What is held, in addresses: `0.h.12=0.5`, or `0.h=0.5` for a whole gate. */
function writePin({ layer, gate, unit, value }: PinnedUnit): string {
  return `${layer}.${encodeURIComponent(gate).replaceAll('.', '%2E')}${unit === undefined ? '' : `.${unit}`}=${value}`;
}

function readPin(written: string): PinnedUnit | undefined {
  const [, layer = '', gate = '', unit, number = ''] =
    /^(\d{1,4})\.([^.=;]+)(?:\.(\d{1,7}))?=(.+)$/.exec(written) ?? [];
  const value = numberWithin(number, BOUNDS.value);
  if (value === undefined) return undefined;
  try {
    const place = { layer: Number(layer), gate: decodeURIComponent(gate), value };
    return unit === undefined ? place : { ...place, unit: Number(unit) };
  } catch {
    return undefined;
  }
}

/** Every setting, without what it is of. */
export const SETTINGS = Object.entries(settings) as readonly (readonly [string, Setting<unknown>])[];

function decodedName(written: string): string | undefined {
  try {
    return written === '' ? undefined : decodeURIComponent(written);
  } catch {
    return undefined;
  }
}
