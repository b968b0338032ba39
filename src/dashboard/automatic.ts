import { foldText } from '../protocol/fold.js';

/** The events that the tracker sends automatically. */
const AUTOMATIC = ['visited site', 'page view', 'search engine hit', 'ad campaign hit'];

export const isAutomatic = (event: string): boolean => AUTOMATIC.includes(foldText(event));
