import type { ReportKind } from '../../../protocol/reports.js';
import type { DatabaseLimits } from './database.js';
import type { Failure } from '../failure.js';
import type { Snapshot, SnapshotRequest } from '../snapshot-format.js';
import type { AllSettings } from './settings.js';

/** What the process of reports is told at its start. */
export interface Start {
  folder: string;
  limits: DatabaseLimits;
  timeLimit: number;
  settings: AllSettings;
  expired: Record<string, number>;
  /** Another interval only where tests have none to wait. */
  intervalMs?: number | undefined;
}

/** What the process can be asked, by name. */
export interface ReportCalls {
  ask: (kind: ReportKind, key: string, question: unknown) => Uint8Array;
  snapshot: (request: SnapshotRequest) => Snapshot;
  forget: (key: string, names: readonly string[]) => boolean;
  expire: (key: string, before: number) => void;
  compare: () => void;
  rewritten: () => void;
}

export type ToReports =
  | { kind: 'start'; start: Start }
  | { kind: 'call'; id: number; method: keyof ReportCalls; parameters: unknown[] }
  /** Nobody waits for this call any more. */
  | { kind: 'cancel'; id: number }
  | { kind: 'stop' };

export type FromReports =
  | { kind: 'open' }
  /** The file cannot be used: it has to go before the next process begins. */
  | { kind: 'unusable'; reason: string }
  /** The process ends, and another begins with the file as it is. */
  | { kind: 'restart'; reason: string }
  | { kind: 'result'; id: number; value?: unknown; error?: Failure }
  /** Now and then: how far it is, up to when hits are in answers, and the bytes that it holds. */
  | { kind: 'state'; progress: number; asOf: number; memory: number }
  | { kind: 'error'; message: string }
  | { kind: 'notice'; sentence: string };
