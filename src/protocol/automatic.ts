import { foldText } from './fold.js';

/** The events that a tracker records by itself (docs/reference.md#5), in lower case. Servers hardly ever send one. */
const AUTOMATIC: readonly string[] = ['visited site', 'page view', 'search engine hit', 'ad campaign hit'];

export const isAutomatic = (event: string): boolean => AUTOMATIC.includes(foldText(event));
