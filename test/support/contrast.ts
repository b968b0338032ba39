/** The contrast of two colours: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
export function contrast(one: string, other: string): number {
  const luminance = (color: string): number => {
    const [red, green, blue] = partsOf(color)
      .map((part) => part / 255)
      .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  };
  const [lighter, darker] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (lighter! + 0.05) / (darker! + 0.05);
}

/** The colour that is seen where one is in front of another one. @param opacity from 0 to 1 */
export function inFront(color: string, ground: string, opacity: number): string {
  const behind = partsOf(ground);
  return `rgb(${partsOf(color)
    .slice(0, 3)
    .map((part, index) => Math.round(opacity * part + (1 - opacity) * behind[index]!))
    .join(', ')})`;
}

const partsOf = (color: string): number[] => [...color.matchAll(/[\d.]+/g)].map(([part]) => Number(part));
