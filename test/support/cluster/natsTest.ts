import { type DeclareTest, testWith } from '../testWith.js';
import { SERVER } from './natsServer.js';

/** Declares tests that need a NATS server. */
export const natsTest = (declare?: DeclareTest): DeclareTest => testWith('nats-server', SERVER !== undefined, declare);
