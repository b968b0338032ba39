let debugging = false;

/** `debug()`, or `?km_debug=1` in the address: from now on the console has a line for every command, every hit, and every answer. */
export function debug(): void {
  debugging = true;
}

export function trace(...details: unknown[]): void {
  if (debugging) write('log', details);
}

/** A mistake of the page, told to the site's owner; the visitor sees nothing of it. Never throws. */
export function report(...details: unknown[]): void {
  write('error', details);
}

function write(level: 'log' | 'error', details: unknown[]): void {
  try {
    console[level]('kmq:', ...details);
  } catch {
    // Pages replace their console, some by one without this method, some by one that throws.
  }
}
