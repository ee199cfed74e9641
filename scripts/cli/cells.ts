/** The cells that come with the library, for help texts: the library has them too, but is loaded later. */
export const CELLS =
  'coupledLstm, gru, gruResetAfter, indRnn, layerNormLstm, lstm, mgu, minGru, minLstm, multiplicativeIntegrationLstm, peepholeLstm, rnn, slstm, sru, ugrnn';
