// Writes the licences of docs/dependencies.md anew: npm run licences
import { writeFileSync } from 'node:fs';
import { fileAt } from '../../support/places.js';
import { page } from './page.js';

writeFileSync(fileAt('docs/dependencies.md'), page().anew);
