/**
 * The file must be deleted and the process restarted: it belongs to another store, to another state of this store, or to another
 * version.
 */
export class UnusableReports extends Error {}

/** The file is whole, and was built with another setting of a site: it must be built again only if this process knows the right one. */
export class OtherSettings extends UnusableReports {
  constructor() {
    super('The setting "counting" of a site has changed.');
  }
}
