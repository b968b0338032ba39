import type { Json } from '../store.js';

const encoder = new TextEncoder();

export function toJson<T>(value: T): Json<T> {
  return encoder.encode(JSON.stringify(value));
}

/** Texts together as UTF-8, in memory of their own. */
export function toBytes(texts: string[]): Uint8Array {
  return encoder.encode(texts.join(''));
}
