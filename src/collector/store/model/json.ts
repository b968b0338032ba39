import type { Json } from '../store.js';

const encoder = new TextEncoder();

export function toJson<T>(value: T): Json<T> {
  return encoder.encode(JSON.stringify(value));
}

/** Joins texts to UTF-8, in a separate buffer, which can be transferred to another thread. */
export function toBytes(texts: string[]): Uint8Array {
  return encoder.encode(texts.join(''));
}
