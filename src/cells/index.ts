export { coupledLstm } from './coupledLstm.js';
export { gru } from './gru.js';
export { gruResetAfter } from './gruResetAfter.js';
export { lstm } from './lstm.js';
export { minGru } from './minGru.js';
export { peepholeLstm } from './peepholeLstm.js';
export { rnn } from './rnn.js';
export { slstm } from './slstm.js';
