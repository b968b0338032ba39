import type { ComponentChildren } from 'preact';
import type { BreakdownQuestion } from '../../protocol/reports.js';
import { csvOf, useReport } from '../ask.js';
import { List } from './list.js';
import { byCampaign, CAMPAIGN } from './narrowing.js';

/** The same number of rows as the other lists. */
const LARGEST = 10;

/** The campaigns of tagged links, if there are any. They are a separate question, so the rest of the page does not wait for them. */
export function Campaigns({ question }: { question: Omit<BreakdownQuestion, 'property'> }): ComponentChildren {
  const asked = { ...question, property: CAMPAIGN };
  const { answer } = useReport('breakdown', asked);
  const rows = answer?.values.flatMap(({ value, people, times, cell }) =>
    value === null ? [] : [{ name: value, people, times, cell, condition: byCampaign(value) }],
  );
  if (!rows?.length) return null;
  return (
    <List
      id="campaigns"
      title="Campaigns"
      head="Campaign"
      rows={rows.slice(0, LARGEST)}
      times="Hits"
      csv={csvOf('breakdown', asked)}
    />
  );
}
