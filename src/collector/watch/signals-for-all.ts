/**
 * Signals that are often sent to all processes of the collector: by a terminal, or by a service manager. Only the first process obeys
 * them. They end another one only if it is so new that it has no listeners yet, which is no fault; and the first process may hear of
 * that end before it hears of its own signal.
 */
const FOR_ALL: ReadonlySet<string | null> = new Set(['SIGHUP', 'SIGINT', 'SIGTERM']);

/** @param how the signal that ended a process, or its exit code */
export const endedTooNew = (how: string | null): boolean => FOR_ALL.has(how);
