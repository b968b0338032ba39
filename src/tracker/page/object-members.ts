/**
 * js-cookie makes itself with property descriptors, and a `get` or `set` that the page has added to every object would be
 * part of each: an error, and the end of the tracker. They are out of the way from here to `restoreMembers`.
 */
const NAMES = ['get', 'set'];

const taken = NAMES.map((name) => {
  const descriptor = Object.getOwnPropertyDescriptor(Object.prototype, name);
  Reflect.deleteProperty(Object.prototype, name);
  return descriptor;
});

export function restoreMembers(): void {
  NAMES.forEach((name, index) => {
    // A copy without a prototype: the member that is back already would be part of this descriptor as well.
    const descriptor = taken[index] && { __proto__: null, ...taken[index] };
    if (descriptor) Object.defineProperty(Object.prototype, name, descriptor);
  });
}
