/** The file has to go, and the process to be started again: the file is of another store, or of this one at another time, or in the way. */
export class UnusableReports extends Error {}
