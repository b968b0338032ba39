import type { ReportKind } from '../../../protocol/reports.js';
import { breakdown } from './breakdown.js';
import { funnel } from './funnel.js';
import { namesReport } from './names.js';
import { overview } from './overview.js';
import { peopleReport } from './people.js';
import type { Report } from './report.js';
import { trend } from './trend.js';

/** The kinds of reports whose numbers have cells. */
const COUNTED = { trend, funnel, breakdown, names: namesReport, overview };

/** Every kind of report. */
export const REPORTS: { [K in ReportKind]: Report<K> } = { ...COUNTED, people: peopleReport(COUNTED) };
