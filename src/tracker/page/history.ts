/**
 * Calls back after each change of the URL that loads no page.
 * @param changed called with the kind of change: `replace` if the entry of the history is replaced
 */
export function onRoute(changed: (how: unknown) => void): void {
  // Routers that use the Navigation API never call `history` (https://html.spec.whatwg.org/#navigation-api). `currentEntry` is
  // missing if `navigation` is a variable of the page, and in a sandboxed frame, where the API exists but fires no events.
  const { navigation } = window as Partial<Window>;
  if (navigation?.currentEntry) {
    navigation.addEventListener('currententrychange', ({ navigationType }) => changed(navigationType));
    return;
  }
  // The back button may fire both (https://github.com/plausible/plausible-tracker/issues/58).
  for (const type of ['popstate', 'hashchange']) addEventListener(type, changed);
  for (const how of ['push', 'replace'] as const) {
    const original = history[`${how}State`].bind(history);
    history[`${how}State`] = (...parameters) => {
      original(...parameters);
      changed(how);
    };
  }
}
