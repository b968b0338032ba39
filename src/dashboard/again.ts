/** The event by which a page asks for all its reports again, see `askAgain`. */
export const AGAIN = 'kmq-again';
