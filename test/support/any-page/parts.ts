import { missing } from './features.js';
import { clobberedDocument, clobberedGlobals } from './names.js';
import type { Part } from './part.js';
import { frozen, prototypes } from './prototypes.js';
import { cookies, storage } from './storage.js';
import { clocks, consoles, policies, settings } from './surroundings.js';

export const PARTS: readonly Part[] = [
  ...clobberedGlobals,
  ...clobberedDocument,
  ...prototypes,
  ...frozen,
  ...missing,
  ...storage,
  ...cookies,
  ...consoles,
  ...clocks,
  ...settings,
  ...policies,
];
