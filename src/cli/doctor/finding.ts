/** What a check found: a line of the answer. */
export interface Finding {
  /** `fault`: hits are lost, or people are open to others. `note`: something to know, or to do soon. */
  level: 'ok' | 'note' | 'fault';
  /** What was looked at. */
  about: string;
  /** A sentence. Of a note and of a fault also what to do. */
  says: string;
}

export const ok = (about: string, says: string): Finding => ({ level: 'ok', about, says });
export const note = (about: string, says: string): Finding => ({ level: 'note', about, says });
export const fault = (about: string, says: string): Finding => ({ level: 'fault', about, says });

/** The message of whatever was thrown, as a part of a sentence. */
export function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  // Where a name has several addresses, and none answers, there is no message.
  return (message || code || String(error)).replace(/\.$/, '');
}
