// Defaults that functions and command lines share. Nothing is loaded for them.

/** The share of sentences that is held out for validation. */
export const DEFAULT_HOLD_OUT = 0.05;

/** Tokens in a batch, padding counted. */
export const DEFAULT_MAX_TOKENS = 6400;

/** Rows of a batch of text that goes on. */
export const DEFAULT_ROWS = 32;

/** Tokens that a row reads in a batch of text that goes on. */
export const DEFAULT_WINDOW = 100;

/** The longest sentence to learn from, and to generate, in tokens. */
export const DEFAULT_MAX_LENGTH = 1000;

/** Hypotheses that a beam search keeps. */
export const DEFAULT_BEAMS = 8;

/** The temperature of the samples that show what a model has learned. */
export const SAMPLE_TEMPERATURE = 0.7;
