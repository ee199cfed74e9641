import { installClients } from './installed.js';

// What `npm run test:clients` begins with.
await installClients();
