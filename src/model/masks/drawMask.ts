import { BackendError } from '../../errors.js';
import { MASK_BYTES } from './maskBytes.js';

const PAGE = 65_536;
/** Words of generators stand before what is drawn. */
const SCRATCH = 64;
/** Rows are drawn four at a time. */
const LANES = 4;

type Draw = (
  to: number,
  places: number,
  rows: number,
  columns: number,
  key0: number,
  key1: number,
  threshold: number,
  value: number,
) => void;

/** What is used of WebAssembly; there are no types of it beside those of browsers. */
interface WebAssemblyApi {
  readonly Memory: new (size: { initial: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { exports: { draw: Draw } };
}

interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

let loaded: { readonly memory: WasmMemory; readonly draw: Draw } | undefined;

/** What rows of a mask are drawn by. */
export interface MaskDraw {
  /** The key of the generators: of the seed, and of what the mask is for. */
  readonly key: readonly [number, number];
  /** A number is 0 with this probability, in 4,096ths: 0 to 4,095. */
  readonly threshold: number;
  /** What it is else. */
  readonly value: number;
}

/**
 * Rows of `columns` numbers, each 0 with a probability and else one value, each row a function of the key and its place. It takes WebAssembly with
 * vectors, which every Node.js and browser has that this library runs in: in JavaScript it took two to three times as long.
 * @throws {BackendError} when there is no memory for that.
 */
export function drawMask(
  places: Int32Array,
  columns: number,
  { key, threshold, value }: MaskDraw,
): Float32Array<ArrayBuffer> {
  loaded ??= withMemory(load);
  const { memory, draw } = loaded;
  const rows = places.length;
  const to = SCRATCH + 4 * LANES * Math.ceil(rows / LANES);
  const end = to + 4 * rows * columns;
  const more = Math.ceil((end - memory.buffer.byteLength) / PAGE);
  if (more > 0) withMemory(() => memory.grow(more));
  new Int32Array(memory.buffer, SCRATCH, rows).set(places);
  draw(to, SCRATCH, rows, columns, key[0], key[1], threshold, value);
  return new Float32Array(memory.buffer, to, rows * columns).slice();
}

function load(): NonNullable<typeof loaded> {
  const { WebAssembly: wasm } = globalThis as unknown as { WebAssembly: WebAssemblyApi };
  const memory = new wasm.Memory({ initial: 1 });
  return {
    memory,
    draw: new wasm.Instance(
      new wasm.Module(Uint8Array.from(MASK_BYTES.match(/../g) ?? '', (byte) => Number(`0x${byte}`))),
      { env: { memory } },
    ).exports.draw,
  };
}

/** WebAssembly sets aside gigabytes of addresses, of which a process may have fewer. */
function withMemory<T>(take: () => T): T {
  try {
    return take();
  } catch (error) {
    throw new BackendError(
      `Expected memory for WebAssembly, which draws the masks of dropout, but ${(error as Error).message}`,
      { cause: error },
    );
  }
}
