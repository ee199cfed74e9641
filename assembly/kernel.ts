// AssemblyScript: compiled to WebAssembly by `npm run build:kernel`. The same in TypeScript: src/inference/kernel/plainKernel.ts.
import {
  ADD,
  AT_LEAST,
  COLUMNS,
  COPY,
  DIVIDE,
  EXP,
  INSTRUCTION,
  LEFT,
  LEFT_ROW,
  LEFT_STEP,
  LOG_SIGMOID,
  LOG_SOFTMAX,
  MAXIMUM,
  MINIMUM,
  MULTIPLY,
  NEGATE,
  ONE_MINUS,
  OPERATION,
  PANEL,
  PRODUCT,
  RELU,
  RESULT,
  RESULT_ROW,
  RIGHT,
  RIGHT_ROW,
  RIGHT_STEP,
  ROW_SUM,
  SIGMOID,
  SIGMOID_GRADIENT,
  SOFTPLUS,
  SQUARE_ROOT,
  SUBTRACT,
  TANH,
  TANH_GRADIENT,
} from '../src/inference/kernel/operationCodes';

const PANEL_BYTES: usize = 4 * PANEL;

/** Runs the instructions from an address up to another, each for so many rows. */
export function run(from: usize, to: usize, rows: i32): void {
  for (let at = from; at < to; at += 4 * INSTRUCTION) {
    const operation = field(at, OPERATION);
    const columns = field(at, COLUMNS);
    const yRow = <usize>field(at, RESULT_ROW);
    const aRow = <usize>field(at, LEFT_ROW);
    const bRow = <usize>field(at, RIGHT_ROW);
    let y = <usize>field(at, RESULT);
    let a = <usize>field(at, LEFT);
    let b = <usize>field(at, RIGHT);
    if (operation === PRODUCT) {
      if (rows === 1) vectorTimesMatrix(y, columns, a, b, bRow);
      else rowsTimesMatrix(y, yRow, columns, a, aRow, b, bRow, rows);
      continue;
    }
    const aStep = <usize>field(at, LEFT_STEP);
    const bStep = <usize>field(at, RIGHT_STEP);
    for (let row = 0; row < rows; row++) {
      if (operation === ROW_SUM) store<f32>(y, rowSum(a, columns));
      else if (operation === LOG_SOFTMAX) logSoftmax(y, a, columns);
      else if (operation <= TANH_GRADIENT) binaries(operation, y, columns, a, aStep, b, bStep);
      else unaries(operation, y, columns, a, aStep);
      y += yRow;
      a += aRow;
      b += bRow;
    }
  }
}

function field(at: usize, place: i32): i32 {
  return load<i32>(at + 4 * <usize>place);
}

// Products: each number is added up in the order of the matrix's rows, however many rows there are and on whatever way, so that a
// row comes out the same in whatever company.

/** A row times a packed matrix: two panels at once, read from their beginnings to their ends. */
function vectorTimesMatrix(y: usize, columns: i32, x: usize, panels: usize, inner: usize): void {
  const size = inner * PANEL_BYTES;
  const xEnd = x + 4 * inner;
  let left = (columns + PANEL - 1) / PANEL;
  let w = panels;
  for (; left >= 2; left -= 2) {
    let v = w + size;
    let y0 = f32x4.splat(0);
    let y1 = y0;
    let y2 = y0;
    let y3 = y0;
    let y4 = y0;
    let y5 = y0;
    let y6 = y0;
    let y7 = y0;
    for (let at = x; at < xEnd; at += 4) {
      const factor = v128.load_splat<f32>(at);
      y0 = f32x4.add(y0, f32x4.mul(factor, v128.load(w)));
      y1 = f32x4.add(y1, f32x4.mul(factor, v128.load(w, 16)));
      y2 = f32x4.add(y2, f32x4.mul(factor, v128.load(w, 32)));
      y3 = f32x4.add(y3, f32x4.mul(factor, v128.load(w, 48)));
      y4 = f32x4.add(y4, f32x4.mul(factor, v128.load(v)));
      y5 = f32x4.add(y5, f32x4.mul(factor, v128.load(v, 16)));
      y6 = f32x4.add(y6, f32x4.mul(factor, v128.load(v, 32)));
      y7 = f32x4.add(y7, f32x4.mul(factor, v128.load(v, 48)));
      w += PANEL_BYTES;
      v += PANEL_BYTES;
    }
    v128.store(y, y0);
    v128.store(y, y1, 16);
    v128.store(y, y2, 32);
    v128.store(y, y3, 48);
    v128.store(y, y4, 64);
    v128.store(y, y5, 80);
    v128.store(y, y6, 96);
    v128.store(y, y7, 112);
    y += 2 * PANEL_BYTES;
    w = v;
  }
  if (left === 1) {
    clear(y);
    vectorTimesPanel(y, x, w, inner);
  }
}

/** Sets the numbers that a panel makes to 0. */
function clear(y: usize): void {
  const zero = f32x4.splat(0);
  v128.store(y, zero);
  v128.store(y, zero, 16);
  v128.store(y, zero, 32);
  v128.store(y, zero, 48);
}

/** Adds a row times a panel. */
function vectorTimesPanel(y: usize, x: usize, w: usize, inner: usize): void {
  const xEnd = x + 4 * inner;
  let y0 = v128.load(y);
  let y1 = v128.load(y, 16);
  let y2 = v128.load(y, 32);
  let y3 = v128.load(y, 48);
  for (let at = x; at < xEnd; at += 4) {
    const factor = v128.load_splat<f32>(at);
    y0 = f32x4.add(y0, f32x4.mul(factor, v128.load(w)));
    y1 = f32x4.add(y1, f32x4.mul(factor, v128.load(w, 16)));
    y2 = f32x4.add(y2, f32x4.mul(factor, v128.load(w, 32)));
    y3 = f32x4.add(y3, f32x4.mul(factor, v128.load(w, 48)));
    w += PANEL_BYTES;
  }
  v128.store(y, y0);
  v128.store(y, y1, 16);
  v128.store(y, y2, 32);
  v128.store(y, y3, 48);
}

/** Rows of a panel that are gone through for all rows before the next ones: they stay in the first-level cache meanwhile. */
const TOGETHER: usize = 128;

/** Some rows times a packed matrix, panel by panel, so that each panel is fetched once for all of them. */
function rowsTimesMatrix(
  y: usize,
  yRow: usize,
  columns: i32,
  x: usize,
  xRow: usize,
  panels: usize,
  inner: usize,
  rows: i32,
): void {
  let w = panels;
  for (let left = columns; left > 0; left -= PANEL) {
    for (let row = 0; row < rows; row++) clear(y + <usize>row * yRow);
    for (let from: usize = 0; from < inner; from += TOGETHER) {
      const count = min(TOGETHER, inner - from);
      rowsTimesPanel(y, yRow, x + 4 * from, xRow, w, count, rows);
      w += count * PANEL_BYTES;
    }
    y += PANEL_BYTES;
  }
}

/** Adds some rows times a panel. */
function rowsTimesPanel(y: usize, yRow: usize, x: usize, xRow: usize, w: usize, inner: usize, rows: i32): void {
  let row = rows;
  for (; row >= 4; row -= 4) {
    fourTimesHalfPanel(y, yRow, x, xRow, w, inner);
    fourTimesHalfPanel(y + 32, yRow, x, xRow, w + 32, inner);
    y += 4 * yRow;
    x += 4 * xRow;
  }
  for (; row > 0; row--) {
    vectorTimesPanel(y, x, w, inner);
    y += yRow;
    x += xRow;
  }
}

/** Adds four rows times eight columns of a panel. */
function fourTimesHalfPanel(y: usize, yRow: usize, x: usize, xRow: usize, w: usize, inner: usize): void {
  const end = x + 4 * inner;
  const x2 = xRow + xRow;
  const x3 = x2 + xRow;
  const yB = y + yRow;
  const yC = yB + yRow;
  const yD = yC + yRow;
  let a0 = v128.load(y);
  let a1 = v128.load(y, 16);
  let b0 = v128.load(yB);
  let b1 = v128.load(yB, 16);
  let c0 = v128.load(yC);
  let c1 = v128.load(yC, 16);
  let d0 = v128.load(yD);
  let d1 = v128.load(yD, 16);
  for (let at = x; at < end; at += 4) {
    const w0 = v128.load(w);
    const w1 = v128.load(w, 16);
    const a = v128.load_splat<f32>(at);
    a0 = f32x4.add(a0, f32x4.mul(a, w0));
    a1 = f32x4.add(a1, f32x4.mul(a, w1));
    const b = v128.load_splat<f32>(at + xRow);
    b0 = f32x4.add(b0, f32x4.mul(b, w0));
    b1 = f32x4.add(b1, f32x4.mul(b, w1));
    const c = v128.load_splat<f32>(at + x2);
    c0 = f32x4.add(c0, f32x4.mul(c, w0));
    c1 = f32x4.add(c1, f32x4.mul(c, w1));
    const d = v128.load_splat<f32>(at + x3);
    d0 = f32x4.add(d0, f32x4.mul(d, w0));
    d1 = f32x4.add(d1, f32x4.mul(d, w1));
    w += PANEL_BYTES;
  }
  v128.store(y, a0);
  v128.store(y, a1, 16);
  v128.store(yB, b0);
  v128.store(yB, b1, 16);
  v128.store(yC, c0);
  v128.store(yC, c1, 16);
  v128.store(yD, d0);
  v128.store(yD, d1, 16);
}

/** Number by number, of two rows, four at once; so some behind the last column are written too. */
function binaries(operation: i32, y: usize, columns: i32, a: usize, aStep: usize, b: usize, bStep: usize): void {
  for (let column = 0; column < columns; column += 4) {
    v128.store(y, binary(operation, numbers(a, aStep), numbers(b, bStep)));
    y += 16;
    a += aStep;
    b += bStep;
  }
}

/** Number by number, of a row. */
function unaries(operation: i32, y: usize, columns: i32, a: usize, aStep: usize): void {
  for (let column = 0; column < columns; column += 4) {
    v128.store(y, unary(operation, numbers(a, aStep)));
    y += 16;
    a += aStep;
  }
}

function numbers(at: usize, step: usize): v128 {
  return step === 0 ? v128.load_splat<f32>(at) : v128.load(at);
}

function binary(operation: i32, a: v128, b: v128): v128 {
  switch (operation) {
    case ADD:
      return f32x4.add(a, b);
    case SUBTRACT:
      return f32x4.sub(a, b);
    case MULTIPLY:
      return f32x4.mul(a, b);
    case DIVIDE:
      return f32x4.div(a, b);
    case MINIMUM:
      return f32x4.min(a, b);
    case MAXIMUM:
      return f32x4.max(a, b);
    case AT_LEAST:
      return v128.and(f32x4.ge(a, b), f32x4.splat(1));
    case SIGMOID_GRADIENT:
      return f32x4.mul(b, f32x4.mul(a, f32x4.sub(f32x4.splat(1), a)));
    case TANH_GRADIENT:
      return f32x4.mul(b, f32x4.sub(f32x4.splat(1), f32x4.mul(a, a)));
    default:
      unreachable();
  }
  return a;
}

function unary(operation: i32, a: v128): v128 {
  switch (operation) {
    case NEGATE:
      return f32x4.neg(a);
    case ONE_MINUS:
      return f32x4.sub(f32x4.splat(1), a);
    case SIGMOID:
      return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exp(f32x4.neg(a))));
    case LOG_SIGMOID:
      return f32x4.sub(f32x4.min(a, f32x4.splat(0)), tail(a));
    case TANH:
      return tanh(a);
    case RELU:
      return f32x4.max(a, f32x4.splat(0));
    case EXP:
      return exp(a);
    case SOFTPLUS:
      return f32x4.add(f32x4.max(a, f32x4.splat(0)), tail(a));
    case SQUARE_ROOT:
      return f32x4.sqrt(a);
    case COPY:
      return a;
    default:
      unreachable();
  }
  return a;
}

/**
 * eᵃ = 2ⁿ·eʳ, r = a − n·ln 2 between ±½·ln 2, ln 2 in two parts so that nothing of r is lost; eʳ by a polynomial
 * (Cody and Waite, Software Manual for the Elementary Functions, 1980; coefficients: Moshier, Cephes, expf).
 */
function exp(a: v128): v128 {
  // Beyond these the result is 0 or infinite anyway, and n would have no room in an exponent.
  const x = f32x4.max(f32x4.min(a, f32x4.splat(89)), f32x4.splat(-105));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(<f32>Math.LOG2E)));
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.1219444e-4)));
  let p = f32x4.splat(1.98756915e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(p, r), r), r), f32x4.splat(1));
  // 2ⁿ in two factors: it may be larger or smaller than any number alone.
  const exponent = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(exponent, 1);
  return f32x4.mul(f32x4.mul(p, powerOfTwo(half)), powerOfTwo(i32x4.sub(exponent, half)));
}

function powerOfTwo(exponent: v128): v128 {
  return i32x4.shl(i32x4.add(exponent, i32x4.splat(127)), 23);
}

/** Near 0 by a polynomial (Moshier, Cephes, tanhf), elsewhere 1 − 2 / (e²ᵃ + 1), with the sign of a. */
function tanh(a: v128): v128 {
  const size = f32x4.abs(a);
  const square = f32x4.mul(a, a);
  let near = f32x4.splat(-5.70498872745e-3);
  near = f32x4.add(f32x4.mul(near, square), f32x4.splat(2.06390887954e-2));
  near = f32x4.add(f32x4.mul(near, square), f32x4.splat(-5.37397155531e-2));
  near = f32x4.add(f32x4.mul(near, square), f32x4.splat(1.33314422036e-1));
  near = f32x4.add(f32x4.mul(near, square), f32x4.splat(-3.33332819422e-1));
  near = f32x4.add(f32x4.mul(f32x4.mul(near, square), a), a);
  const one = f32x4.splat(1);
  const ofSize = f32x4.sub(one, f32x4.div(f32x4.splat(2), f32x4.add(exp(f32x4.add(size, size)), one)));
  const far = v128.or(ofSize, v128.and(a, i32x4.splat(0x80000000)));
  return v128.bitselect(near, far, f32x4.lt(size, f32x4.splat(0.625)));
}

/** ln(1 + e^−|a|) */
function tail(a: v128): v128 {
  const u = exp(f32x4.neg(f32x4.abs(a)));
  let made = f32x4.splat(Mathf.log1p(f32x4.extract_lane(u, 0)));
  made = f32x4.replace_lane(made, 1, Mathf.log1p(f32x4.extract_lane(u, 1)));
  made = f32x4.replace_lane(made, 2, Mathf.log1p(f32x4.extract_lane(u, 2)));
  return f32x4.replace_lane(made, 3, Mathf.log1p(f32x4.extract_lane(u, 3)));
}

function rowSum(a: usize, columns: i32): f32 {
  let sum: f64 = 0;
  for (let column = 0; column < columns; column++) sum += load<f32>(a + 4 * <usize>column);
  return <f32>sum;
}

function logSoftmax(y: usize, a: usize, columns: i32): void {
  const end = a + 4 * <usize>((columns + 3) & ~3);
  // What is behind the last column counts for nothing.
  for (let at = a + 4 * <usize>columns; at < end; at += 4) store<f32>(at, -Infinity);
  let most = f32x4.splat(-Infinity);
  for (let at = a; at < end; at += 16) most = f32x4.max(most, v128.load(at));
  const largest = f32x4.splat(
    Mathf.max(
      Mathf.max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)),
      Mathf.max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
    ),
  );
  let sums = f64x2.splat(0);
  for (let at = a; at < end; at += 16) {
    const powers = exp(f32x4.sub(v128.load(at), largest));
    const others = v128.shuffle<i32>(powers, powers, 2, 3, 2, 3);
    sums = f64x2.add(sums, f64x2.add(f64x2.promote_low_f32x4(powers), f64x2.promote_low_f32x4(others)));
  }
  const sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  const shift = f32x4.splat(f32x4.extract_lane(largest, 0) + Mathf.log(<f32>sum));
  for (let at = a; at < end; at += 16) {
    v128.store(y, f32x4.sub(v128.load(at), shift));
    y += 16;
  }
}
