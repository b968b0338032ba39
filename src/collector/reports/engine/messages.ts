import type { ReportKind } from '../../../protocol/reports.js';
import type { DatabaseLimits } from './database.js';
import type { Failure } from '../failure.js';
import type { Snapshot, SnapshotRequest } from '../snapshot-format.js';
import type { AllSettings } from '../site-settings.js';

/** The first message to the process of reports. */
export interface Start {
  folder: string;
  limits: DatabaseLimits;
  timeLimit: number;
  settings: AllSettings;
  expired: Record<string, number>;
  /** Shorter in tests. */
  intervalMs?: number | undefined;
  /** How long values of hits that `retention` has removed may stay in the file. Shorter in tests. */
  expiredStayMs?: number | undefined;
}

/** The calls that the process answers, by name. */
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
  /** The caller does not wait for this call any more. */
  | { kind: 'cancel'; id: number }
  | { kind: 'stop' };

export type FromReports =
  | { kind: 'open' }
  /** The file cannot be used: it must be deleted before the next process starts. */
  | { kind: 'unusable'; reason: string; hasOtherSettings: boolean }
  /** The process ends, and another one must be started with the same file. */
  | { kind: 'restart'; reason: string }
  | { kind: 'result'; id: number; value?: unknown; error?: Failure }
  /** Sent regularly: the progress, the time up to which answers contain hits, and the memory in bytes. */
  | { kind: 'state'; progress: number; asOf: number; memory: number }
  | { kind: 'error'; message: string }
  | { kind: 'notice'; sentence: string };
