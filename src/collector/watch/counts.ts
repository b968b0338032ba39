import { ServerResponse, type IncomingMessage } from 'node:http';
import { codesOf, type ReasonCode } from '../../protocol/reasons.js';
import type { Kind } from '../../protocol/interpret.js';

/**
 * Counters since the start of the collector. They are plain numbers: to count a hit takes nanoseconds, and `/metrics`
 * reads them on request.
 */
export interface Counts {
  /** Hits on disk and acknowledged, repeats with the same id included. */
  accepted: Record<Kind, number>;
  /** Refusals on disk, by code. */
  refused: Record<string, number>;
  /** Requests that were answered with 429, by the code of the limit. */
  limited: Record<string, number>;
  /** Answers by the first digit of their status, without those that are written directly to a connection (raw-answer.ts). */
  answers: number[];
  /** Requests that could not be read as HTTP, or whose sender closed the connection before their end. */
  malformed: number;
  /** Damaged rows of the store that exports have left out; a row counts for each export. */
  damaged: number;
}

export function newCounts(): Counts {
  return {
    accepted: { event: 0, properties: 0, alias: 0 },
    refused: zeros(codesOf('refused')),
    limited: zeros(codesOf('limited')),
    answers: [0, 0, 0, 0, 0, 0],
    malformed: 0,
    damaged: 0,
  };
}

/** Zero for every code: if a series began with its first refusal, Prometheus' `increase()` would not count that one. */
function zeros(codes: ReasonCode[]): Record<string, number> {
  return Object.fromEntries(codes.map((code) => [code, 0]));
}

/** A class of responses that count themselves: a listener on each response would cost more. */
export function countedResponse({ answers }: Counts): typeof ServerResponse<IncomingMessage> {
  return class extends ServerResponse<IncomingMessage> {
    override writeHead(status: number, ...rest: unknown[]): this {
      answers[Math.trunc(status / 100)]! += 1;
      return (super.writeHead as (...parameters: unknown[]) => this)(status, ...rest);
    }
  };
}
