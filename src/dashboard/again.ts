/** The event by which a page asks all its questions again, see `askAgain`. */
export const AGAIN = 'kmq-again';
