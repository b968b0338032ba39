import { REQUEST_BYTES } from '../../protocol/limits.js';

/** A request of up to this size never waits for others. */
export const SMALL_BYTES = 64 * 1024;

/**
 * A large request that receives nothing for this long, or almost nothing since it got its place among those read, has to wait again
 * if others wait.
 */
export const TRY_MS = 300;

/** The speed of a request is judged only after this time, when it is large or when memory is short. */
export const LARGE_GRACE_MS = 2000;

/**
 * Why a request was ended before it was complete. `quiet`: no bytes for seconds; `slow`: below the lowest speed;
 * `crowded`: others needed its memory or its place; `many`: its sender had too many incomplete requests.
 */
export type EndCode = 'quiet' | 'slow' | 'crowded' | 'many';

/** The connection of a request, with the methods that are needed here. */
export interface Conversation {
  pause: () => void;
  resume: () => void;
  /** Answers and closes the connection. */
  end: (code: EndCode) => void;
}

/** An incomplete request. */
export interface Arrival {
  /** Bytes that it takes in memory. */
  bytes: number;
  /** Bytes that have arrived, also those that were not kept. */
  readonly arrived: number;
}

/** An incomplete request, with what decides whether it is read further. */
export interface ArrivalState extends Arrival {
  arrived: number;
  readonly sender: string | undefined;
  readonly conversation: Conversation;
  /** Its total of bytes, as far as it announces them. */
  readonly announced: number;
  readonly began: number;
  progressed: number;
  /** Set while it is read as a large request: since when, and how many bytes had arrived and were left by then. */
  large: { since: number; arrived: number; rest: number } | undefined;
  waits: boolean;
  /** How often it had to wait again because nothing arrived. */
  tries: number;
}

export function newArrival(
  sender: string | undefined,
  conversation: Conversation,
  announced: number,
  now: number,
): ArrivalState {
  return {
    bytes: 0,
    arrived: 0,
    sender,
    conversation,
    announced: Math.min(announced, REQUEST_BYTES),
    began: now,
    progressed: now,
    large: undefined,
    waits: false,
    tries: 0,
  };
}

/** Bytes that have not arrived yet. */
export function restOf({ announced, arrived }: ArrivalState): number {
  return Math.max(announced - arrived, 0);
}

/** When bytes last arrived, or could have been read. */
export function latest({ progressed, large }: ArrivalState): number {
  return large ? Math.max(progressed, large.since) : progressed;
}
