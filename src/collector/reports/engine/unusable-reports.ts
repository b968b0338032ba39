/**
 * The file must be deleted and the process restarted: it belongs to another store, to another state of this store, or to another
 * version.
 */
export class UnusableReports extends Error {}
