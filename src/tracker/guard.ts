/** Runs what a page asked for. What goes wrong in it is told to the site's owner, and stops nothing. */
export function guard(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return console.error('kmq:', error);
  }
}
