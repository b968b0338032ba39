// `kmq.js` is a script for a page and exports nothing. The globals that it makes are declared by `kmq/global`; an
// application that bundles its scripts imports `kmq`.
export {};
