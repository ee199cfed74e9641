/** The cells that come with the library, for help texts: the library has them too, but is loaded later. */
export const CELLS = 'gru, gruResetAfter, lstm, rnn';
