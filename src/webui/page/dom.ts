/** The little that the page asks of the document. What strangers wrote is set as text, never as markup. */

export function place(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no #${id}`);
  return element;
}

/** Sets a text where it is another: a screen reader is not told again, and a selection stays. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className = '',
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  if (className !== '') element.className = className;
  element.append(...children);
  return element;
}

export interface Kept<Item, Shown> {
  readonly keyOf: (item: Item) => string;
  /** Makes the element of a new item; gives what `update` needs of it. */
  readonly make: (item: Item) => Shown;
  readonly elementOf: (shown: Shown) => Element;
  readonly update: (shown: Shown, item: Item) => void;
}

/** A list whose elements stay what they are while their items do: in the order of the items, nothing else in `parent`. */
export function keepList<Item, Shown>(
  parent: Element,
  { keyOf, make, elementOf, update }: Kept<Item, Shown>,
): (items: readonly Item[]) => void {
  let known = new Map<string, Shown>();
  return (items) => {
    const now = new Map<string, Shown>();
    for (const item of items) {
      const key = keyOf(item);
      const shown = now.get(key) ?? known.get(key) ?? make(item);
      update(shown, item);
      now.set(key, shown);
    }
    const elements = [...now.values()].map(elementOf);
    for (const [key, shown] of known) if (!now.has(key)) elementOf(shown).remove();
    for (const [at, element] of elements.entries()) {
      if (parent.children[at] !== element) parent.insertBefore(element, parent.children[at] ?? null);
    }
    known = now;
  };
}
