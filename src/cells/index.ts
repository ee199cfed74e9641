export { gru } from './gru.js';
export { gruResetAfter } from './gruResetAfter.js';
export { lstm } from './lstm.js';
export { rnn } from './rnn.js';
