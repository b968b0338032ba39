import { foldText } from '../protocol/fold.js';

/** What the tracker sends unasked. */
const AUTOMATIC = ['visited site', 'page view', 'search engine hit', 'ad campaign hit'];

export const isAutomatic = (event: string): boolean => AUTOMATIC.includes(foldText(event));
