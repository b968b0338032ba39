/**
 * Calls back after each change of the address without a load.
 * @param changed told how: `replace` where the entry of the history stays the one it was
 */
export function onRoute(changed: (how: unknown) => void): void {
  // Routers of this interface never touch `history` (https://html.spec.whatwg.org/#navigation-api). A page may have a
  // variable of the name, and in a sandboxed frame the interface is there and tells nothing: neither has an entry.
  const { navigation } = window as Partial<Window>;
  if (navigation?.currentEntry) {
    navigation.addEventListener('currententrychange', ({ navigationType }) => changed(navigationType));
    return;
  }
  // One step back may fire both (https://github.com/plausible/plausible-tracker/issues/58).
  for (const type of ['popstate', 'hashchange']) addEventListener(type, changed);
  for (const how of ['push', 'replace'] as const) {
    const original = history[`${how}State`].bind(history);
    history[`${how}State`] = (...parameters) => {
      original(...parameters);
      changed(how);
    };
  }
}
