/** What an element may be made of. Strings become text nodes: nothing that comes from outside is ever markup. */
export type Child = Node | string | number | null | undefined | false;

type Attributes = Record<string, string | number | boolean | undefined>;

/** Makes an element. Attributes that are false or undefined are left out, true ones are empty. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== undefined) element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children) {
    if (isShown(child)) element.append(typeof child === 'number' ? String(child) : child);
  }
  return element;
}

function isShown(child: Child): child is Node | string | number {
  return child !== null && child !== undefined && child !== false;
}

/** The element of the page with this id, which its HTML promises. */
export function byId(id: string): HTMLElement {
  return document.getElementById(id)!;
}
