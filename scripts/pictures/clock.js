// Stops the clock of a process that is started with it: what a picture shows is as old today as it was when the last was taken.
// Timers go on, and so does `performance.now()`.
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
