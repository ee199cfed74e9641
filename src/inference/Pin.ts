import { checkNumber, checkOneOf, invalid } from '../errors.js';
import type { NetworkProgram } from './NetworkProgram.js';
import { columnsOf, type Operand } from './program/Operand.js';

/** A unit that is held at a value, at every time step: all that is made of it is made of that value. */
export interface Pin {
  /** The layer, from 0: the one that reads the embedded token. */
  readonly layer: number;
  /** A gate, or a part of the state, by its name in the cell's equation: one of those that `activations` has. */
  readonly gate: string;
  /** Which of its units, from 0. Default: all of them. */
  readonly unit?: number | undefined;
  /** What it is held at. */
  readonly value: number;
}

/** Where a pin takes effect in a time step. */
export interface PinnedPlace {
  /** Behind so many instructions. */
  readonly behind: number;
  readonly operand: Operand;
  readonly value: number;
}

const LARGEST_FLOAT = 2 ** 128 - 2 ** 104;

/**
 * Where pins take effect, in the order of instructions; of two for the same unit the later one counts.
 * @throws {InvalidArgumentError} when there is no such layer, gate or unit, or nothing is made of that gate.
 */
export function pinnedPlaces(pins: readonly Pin[], network: NetworkProgram): PinnedPlace[] {
  if (!Array.isArray(pins)) throw invalid('pins', 'an array of pins', pins);
  const places = Array.from<Pin, PinnedPlace>(pins, (pin, index) => placeOf(pin, `pins[${index}]`, network));
  // Sorting is stable.
  return places.sort((a, b) => a.behind - b.behind);
}

function placeOf(pin: Pin, name: string, { program, gates, embedded, ends }: NetworkProgram): PinnedPlace {
  if (typeof pin !== 'object' || pin === null) throw invalid(name, 'a pin { layer, gate, unit, value }', pin);
  const layer = checkNumber(`${name}.layer`, pin.layer, { integer: true, min: 0, below: gates.length });
  const named = gates[layer] ?? {};
  const whole = named[checkOneOf(`${name}.gate`, pin.gate, Object.keys(named))] as Operand;
  const value = checkNumber(`${name}.value`, pin.value, { min: -LARGEST_FLOAT, max: LARGEST_FLOAT });
  const { unit } = pin;
  if (unit !== undefined) checkNumber(`${name}.unit`, unit, { integer: true, min: 0, below: whole.width });
  const operand = unit === undefined ? whole : columnsOf(whole, unit, 1);
  // What no instruction writes is there from the beginning: the embedded token, or a part of the state before the step.
  const behind = program.behind(operand) ?? (operand.at === embedded.at ? 0 : ends.token);
  if (behind > ends.state) throw invalid(`${name}.gate`, 'a gate that the state or the output is made of', pin.gate);
  return { behind, operand, value };
}
