// What a kernel is told to do: `assembly/kernel.ts` is compiled with the same numbers, so there are no types here.

/** y = a + b */
export const ADD = 0;
/** y = a − b */
export const SUBTRACT = 1;
/** y = a ⊗ b */
export const MULTIPLY = 2;
/** y = a / b */
export const DIVIDE = 3;
/** The smaller of two. */
export const MINIMUM = 4;
/** The larger of two. */
export const MAXIMUM = 5;
/** 1 where a ≥ b, else 0. */
export const AT_LEAST = 6;
/** y = b·a·(1 − a), of a sigmoid and a gradient. */
export const SIGMOID_GRADIENT = 7;
/** y = b·(1 − a²), of a hyperbolic tangent and a gradient. */
export const TANH_GRADIENT = 8;
/** y = −a */
export const NEGATE = 9;
/** y = 1 − a */
export const ONE_MINUS = 10;
/** σ(a) */
export const SIGMOID = 11;
/** ln σ(a) */
export const LOG_SIGMOID = 12;
/** tanh(a) */
export const TANH = 13;
/** max(a, 0) */
export const RELU = 14;
/** eᵃ */
export const EXP = 15;
/** ln(1 + eᵃ) */
export const SOFTPLUS = 16;
/** √a */
export const SQUARE_ROOT = 17;
/** y = a */
export const COPY = 18;
/** y = a · the packed matrix b */
export const PRODUCT = 19;
/** The sum of each row, one number. */
export const ROW_SUM = 20;
/** ln softmax of each row; what is behind the columns of a, up to a multiple of four, is overwritten. */
export const LOG_SOFTMAX = 21;

/** The places of an instruction: what to do, */
export const OPERATION = 0;
/** the address of the result's first row, */
export const RESULT = 1;
/** the bytes from a row of the result to the next, */
export const RESULT_ROW = 2;
/** how many columns the result has (of ROW_SUM: the operand), */
export const COLUMNS = 3;
/** the address of the first operand, */
export const LEFT = 4;
/** the bytes from a row of it to the next, */
export const LEFT_ROW = 5;
/** the bytes from four columns of it to the next four; 0: one number for all columns, */
export const LEFT_STEP = 6;
/** the same of the second operand; of a packed matrix the address, */
export const RIGHT = 7;
/** its rows, */
export const RIGHT_ROW = 8;
/** and nothing. */
export const RIGHT_STEP = 9;
/** How many numbers an instruction has. */
export const INSTRUCTION = 10;

/** A matrix is packed in panels of so many columns, each row by row: the last panel is filled up with zeros. */
export const PANEL = 16;
