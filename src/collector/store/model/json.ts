import type { Json } from '../store.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function toJson<T>(value: T): Json<T> {
  return encoder.encode(JSON.stringify(value));
}

/** Texts together as UTF-8, in memory of their own. */
export function toBytes(texts: string[]): Uint8Array {
  return encoder.encode(texts.join(''));
}

export function fromJson<T>(json: Json<T>): T {
  return JSON.parse(decoder.decode(json)) as T;
}
