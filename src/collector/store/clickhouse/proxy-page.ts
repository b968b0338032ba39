/** How many characters of an answer that is not ClickHouse's are part of an error. */
const MOST_OF_A_MESSAGE = 200;
/** How many characters of such an answer are read. */
const MOST_TO_READ = 5000;

/** The first words of an answer that is not ClickHouse's: a proxy in front of ClickHouse may have answered with a page instead. */
export function shortened(answer: string): string {
  const words = answer
    .slice(0, MOST_TO_READ)
    .replace(/<(style|script|head)\b.*?<\/\1>|<[^>]*>/gis, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return words.length > MOST_OF_A_MESSAGE ? `${words.slice(0, MOST_OF_A_MESSAGE)}…` : words;
}
