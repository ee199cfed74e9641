/** The cells that come with the library, for help texts: the library has them too, but is loaded later. */
export const CELLS = 'coupledLstm, gru, gruResetAfter, lstm, minGru, peepholeLstm, rnn, slstm';
