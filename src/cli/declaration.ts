import { IP_ADDRESS } from '../protocol/properties.js';
import { foldName } from '../protocol/text.js';

/** An event that a site has sent, and what its values look like, since all values are sent as text. */
export interface SentEvent {
  name: string;
  times: number;
  properties: SentProperty[];
}

export interface SentProperty {
  name: string;
  /** How many of the event's hits have the property. */
  times: number;
  /** How many values are empty, true or false, numbers, and dates. */
  empty: number;
  booleans: number;
  numbers: number;
  dates: number;
}

const HEAD = `/* eslint-disable */
// The events that a site has sent, written by \`kmq types\`. It is a start: if each hit of an event had a property, the property
// is required; if all its values were numbers, its type is number. Change what you know better.
export {};

declare module 'kmq' {
  interface KmqEvents {
`;

/**
 * The declaration of events as a TypeScript file. Visitors can send any names, so names are only ever written as string literals.
 */
export function declarationOf(events: readonly SentEvent[]): string {
  const lines = events.toSorted(byName).map(eventLines);
  return `${HEAD}${lines.join('')}  }\n}\n`;
}

function eventLines({ name, times, properties }: SentEvent): string {
  if (!properties.length) return `    ${keyOf(name)}: {};\n`;
  const lines = properties
    .toSorted(byName)
    .map((one) => `      ${keyOf(one.name)}${isOptional(one, times) ? '?' : ''}: ${typeOf(one)};\n`);
  return `    ${keyOf(name)}: {\n${lines.join('')}    };\n`;
}

/** Required are properties of all hits of an event, but not the IP address: the collector adds it, and not the application. */
const isOptional = ({ name, times }: SentProperty, all: number): boolean =>
  times < all || foldName(name) === foldName(IP_ADDRESS);

/** Compares by UTF-16 units and not by the machine's language, so that the same events make the same file. */
const byName = ({ name: one }: { name: string }, { name: other }: { name: string }): number =>
  one < other ? -1 : one > other ? 1 : 0;

function typeOf({ times, empty, booleans, numbers, dates }: SentProperty): string {
  const filled = times - empty;
  if (filled && dates === filled) return withNull('Date | string', empty);
  const types = [
    ...(booleans + numbers < filled || !filled ? ['string'] : []),
    ...(numbers ? ['number'] : []),
    ...(booleans ? ['boolean'] : []),
  ];
  return withNull(types.join(' | '), empty);
}

const withNull = (type: string, empty: number): string => (empty ? `${type} | null` : type);

/** A name as the key of an interface's member. */
function keyOf(name: string): string {
  if (/^[A-Za-z_$][\w$]*$/.test(name)) return name;
  // Line breaks, control characters and marks of text direction are written as escapes.
  return `'${name.replace(/[\\'\p{C}\p{Zl}\p{Zp}]/gu, escaped)}'`;
}

function escaped(character: string): string {
  if (character === "'" || character === '\\') return `\\${character}`;
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
