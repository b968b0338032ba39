/** Pieces of lines for inserts: each of whole lines with at most so many characters in all, or of one longer line. */
export function* piecesOf(lines: string, characters: number): Generator<string> {
  for (let begin = 0; begin < lines.length;) {
    const end = endOfPiece(lines, begin, characters);
    yield lines.slice(begin, end);
    begin = end;
  }
}

function endOfPiece(lines: string, begin: number, characters: number): number {
  if (lines.length - begin <= characters) return lines.length;
  const last = lines.lastIndexOf('\n', begin + characters - 1);
  const end = last < begin ? lines.indexOf('\n', begin) : last;
  return end < 0 ? lines.length : end + 1;
}
