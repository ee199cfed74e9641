// Prints what docs/cells.md says of the library's cells anew: npx tsx test/docs/cells/print.ts
import { writeFileSync } from 'node:fs';
import { PAGE, page } from './page.js';

writeFileSync(PAGE, page().anew);
