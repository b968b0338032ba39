let debugging = false;

/** `debug()`, or `?km_debug=1` in the URL: from now on every command, every hit and every answer is logged to the console. */
export function debug(): void {
  debugging = true;
}

export function trace(...details: unknown[]): void {
  if (debugging) write('log', details);
}

/** Logs a mistake of the page to the console, for the site's owner. Never throws. */
export function report(...details: unknown[]): void {
  write('error', details);
}

function write(level: 'log' | 'error', details: unknown[]): void {
  try {
    console[level]('kmq:', ...details);
  } catch {
    // Some pages replace the console, by one without this method or by one that throws.
  }
}
