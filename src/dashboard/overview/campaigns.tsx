import type { ComponentChildren } from 'preact';
import type { BreakdownQuestion } from '../../protocol/reports.js';
import { csvOf, useReport } from '../ask.js';
import { List } from './list.js';
import { byCampaign, CAMPAIGN } from './narrowing.js';

/** As many as the other lists have. */
const LARGEST = 10;

/** The campaigns of tagged links, where there are any: a question of its own, which nothing else waits for. */
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
