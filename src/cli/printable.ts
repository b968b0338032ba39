/**
 * Replaces control characters and invisible ones (Unicode category C), for text that a stranger may have sent: a terminal would execute
 * them.
 */
export function printable(text: string): string {
  return text.replace(/\p{C}/gu, '\uFFFD');
}
