import { useBackend } from '../../src/model/backend.js';

// For tests that make tensors before a model is there: the fastest backend, as a model would choose it.
await useBackend();
