// Stops the clock of a process that is started with this file, so that all pictures show the same time.
// Timers and `performance.now()` still run.
import { MOMENT } from './moment.js';

const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...parts) {
    super(...(parts.length ? parts : [MOMENT]));
  }

  static now() {
    return MOMENT;
  }
};
