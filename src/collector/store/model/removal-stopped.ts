/** The answer to a request to erase, and the end of other removals, when the collector stops meanwhile. */
export class RemovalStopped extends Error {
  readonly statusCode = 503;

  /** @param isNoted whether the store knows what is left to do. If not, the person stays until somebody asks again */
  constructor(isNoted = true) {
    super(
      isNoted
        ? 'The collector stops; it completes the removal when it starts again.'
        : 'The collector stops, and nothing is noted of this removal: ask again when it has started.',
    );
  }
}
