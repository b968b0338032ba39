/** The answer to a request to erase, and the end of other removals, when the collector stops meanwhile. */
export class RemovalStopped extends Error {
  readonly statusCode = 503;

  constructor() {
    super('The collector stops; it continues the removal when it starts again.');
  }
}
