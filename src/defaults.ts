// Defaults that functions and command lines share. Nothing is loaded for them.

/** The share of sentences that is held out for validation. */
export const DEFAULT_HOLD_OUT = 0.05;

/** Tokens in a batch, padding counted. */
export const DEFAULT_MAX_TOKENS = 6400;

/** Rows of a batch of text that goes on. */
export const DEFAULT_ROWS = 32;

/** Tokens that a row reads in a batch of text that goes on. */
export const DEFAULT_WINDOW = 100;

/** The tokenizer `auto` has a piece for so many characters of the text, so that each is seen often enough to be learned. */
export const CHARACTERS_A_PIECE = 200;

/** The fewest pieces of `auto`: a text that has no room for them keeps its characters. */
export const FEWEST_PIECES = 1000;

/** The most pieces of `auto` for sentences: what a token costs grows with them. */
export const MOST_PIECES = 4000;

/** The most pieces of `auto` for text that goes on; more were not tried at a learning rate that suits them. */
export const MOST_CONTINUOUS_PIECES = 2000;

/** The longest sentence to learn from, and to generate, in tokens. */
export const DEFAULT_MAX_LENGTH = 1000;

/** Hypotheses that a beam search keeps. */
export const DEFAULT_BEAMS = 8;

/** The temperature of the samples that show what a model has learned. */
export const SAMPLE_TEMPERATURE = 0.7;

/** Sentences that a server decodes at once. */
export const DEFAULT_CONCURRENCY = 256;

/** Sentences that may wait for that. */
export const DEFAULT_QUEUE = 256;

/** The most tokens that a client of a server may ask for. */
export const DEFAULT_MOST_TOKENS = 4096;

/** The most seconds that a request to a server may take. */
export const DEFAULT_REQUEST_SECONDS = 600;
