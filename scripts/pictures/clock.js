// Stops the clock of a process that is started with this file, so that all pictures show the same time.
// Timers and `performance.now()` still run.
import { ServerResponse } from 'node:http';
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

// Node writes the header Date by a clock of its own. The pages take the collector's time from it.
const { writeHead } = ServerResponse.prototype;
ServerResponse.prototype.writeHead = function (...parameters) {
  this.setHeader('Date', new RealDate(MOMENT).toUTCString());
  return writeHead.apply(this, parameters);
};
