/** What is pasted with a text and cannot be seen: spaces that the space bar does not make, byte order marks, marks of direction. */
const UNSEEN = /(?! )[\s\p{Cc}\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069]/u;

const isAround = (letter: string): boolean => letter === ' ' || UNSEEN.test(letter);

/**
 * A text that a reader has typed or pasted, without such characters at both ends, and without the spaces among them. With them, nothing
 * would be equal to the text. Spaces alone stay: “beginning with New ” does not mean Newton.
 */
export function typedText(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && isAround(text[from]!)) from++;
  while (to > from && isAround(text[to - 1]!)) to--;
  return text.slice(UNSEEN.test(text.slice(0, from)) ? from : 0, UNSEEN.test(text.slice(to)) ? to : undefined);
}
