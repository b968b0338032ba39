import { afterAll } from 'vitest';
import { endAll } from './ending.js';

// Here and not in ending.ts: files of one worker share its modules, and a hook in a module would run only after the first of
// them. Vitest runs this file before each of them.
afterAll(endAll);
