import type { ReportKind } from '../../../protocol/reports.js';
import type { Report } from './report.js';
import { trend } from './trend.js';

/** Every kind of report. */
export const REPORTS: { [K in ReportKind]: Report<K> } = { trend };
