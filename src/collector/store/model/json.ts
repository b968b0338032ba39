import type { Json } from '../store.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function toJson<T>(value: T): Json<T> {
  return encoder.encode(JSON.stringify(value));
}

export function fromJson<T>(json: Json<T>): T {
  return JSON.parse(decoder.decode(json)) as T;
}
