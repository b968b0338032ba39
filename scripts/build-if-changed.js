/** Builds everything, unless that was done and nothing has changed since: the second `npm start` need not wait for a build. */
import { isBuilt } from './built.js';

if (!isBuilt('.')) await import('./build.js');
