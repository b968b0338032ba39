import type { Kind } from '../../../protocol/interpret.js';

/** Kinds of hits by the number under which every store keeps them. */
export const KINDS: readonly Kind[] = ['event', 'properties', 'alias'];

/** The number of aliases among them, for SQL. */
export const ALIAS = KINDS.indexOf('alias');
