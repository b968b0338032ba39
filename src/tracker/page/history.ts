/**
 * Tells of each change of the address in which the page stays, when it has happened.
 * @param changed told whether another entry of the history is shown now: by a push, a step back or forward, a link
 *   to a fragment; an entry that is replaced stays the one it was
 */
export function onRoute(changed: (isOther: boolean) => void): void {
  // Routers of this interface never touch `history` (https://html.spec.whatwg.org/#navigation-api). A page may have a
  // variable of the name, and in a sandboxed frame the interface is there and tells nothing: neither has an entry.
  const { navigation } = window as Partial<Window>;
  if (navigation?.currentEntry) {
    navigation.addEventListener('currententrychange', ({ navigationType }) =>
      changed(/push|traverse/.test(navigationType!)),
    );
    return;
  }
  // One step back may fire both (https://github.com/plausible/plausible-tracker/issues/58).
  for (const type of ['popstate', 'hashchange']) addEventListener(type, () => changed(true));
  for (const method of ['pushState', 'replaceState'] as const) {
    const original = history[method].bind(history);
    // Not by assignment, which throws where a page has frozen it.
    Reflect.set(history, method, (...parameters: Parameters<History['pushState']>) => {
      original(...parameters);
      changed(method == 'pushState');
    });
  }
}
