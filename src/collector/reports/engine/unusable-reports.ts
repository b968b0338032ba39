/**
 * The file must be deleted and the process restarted: it belongs to another store, to another state of this store, or to another
 * version, or the disk has no space for it.
 */
export class UnusableReports extends Error {}

/**
 * The file is whole, and was built with another setting of a site: it must be built again only if this process has the right
 * setting.
 */
export class OtherSettings extends UnusableReports {
  constructor() {
    super('The setting "counting" of a site has changed.');
  }
}
