let debugging = false;

/** `debug()`, or `?km_debug=1` in the address: every command, hit and refusal from now on is a line in the console. */
export function debug(): void {
  debugging = true;
}

export function trace(...details: unknown[]): void {
  if (debugging) console.log('kmq:', ...details);
}
