import { Client } from './Client.js';
import { Models } from './models.js';
import { startWorker } from './startWorker.js';

const client = new Client(startWorker());

/** What all views share: who computes, and the models. */
export const page = { client, models: new Models(client) };
