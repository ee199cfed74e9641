import { prepareBackend } from './backend.js';

export { type BackendName, type BackendReport, backendReport, useBackend } from './backend.js';

// For the public face, which users import before they make a model: where the native backend is installed, this does nothing.
await prepareBackend();
