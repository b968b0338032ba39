/** The result of a check: one line of the output. */
export interface Finding {
  /** `fault`: hits or reports are missing, or others can read data of people. `note`: something to know, or to do soon. */
  level: 'ok' | 'note' | 'fault';
  /** What was checked. */
  about: string;
  /** A sentence; for a note or a fault also what to do. */
  says: string;
}

export const ok = (about: string, says: string): Finding => ({ level: 'ok', about, says });
export const note = (about: string, says: string): Finding => ({ level: 'note', about, says });
export const fault = (about: string, says: string): Finding => ({ level: 'fault', about, says });

/** The message of a thrown value, as part of a sentence. */
export function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  // If a name has several addresses and none answers, the error has no message.
  return (message || code || String(error)).replace(/\.$/, '');
}
