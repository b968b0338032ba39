import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { ReportKind, Reports } from '../../src/protocol/reports.js';
import { readQuestion } from '../../src/collector/reports/questions/read.js';
import { REPORTS } from '../../src/collector/reports/questions/kinds.js';
import { stand, type TestHit } from './stand.js';

const docs = new URL('../../docs/', import.meta.url);
const page = readFileSync(new URL('reports.md', docs), 'utf8');

/** Commands in the documents: the question as JSON, and the question in words if the line above the command has it. */
const COMMAND = /(?:^# (.*)\n)?^kmq report (\w+) --key KEY --q '([^']*)'/gm;

const asked = readdirSync(docs)
  .filter((name) => name.endsWith('.md'))
  .flatMap((name) => [...readFileSync(new URL(name, docs), 'utf8').matchAll(COMMAND)])
  .map(([, words = '', kind, question]) => ({ words, kind: kind as ReportKind, question: question! }));

test('every question in the documents is valid', () => {
  expect(asked.length).toBeGreaterThan(11);
  for (const { kind, question } of asked)
    expect(readQuestion(kind, question)).toEqual({ question: expect.anything() as unknown });
});

test.each(Object.keys(REPORTS) as ReportKind[])('every member of a question about %s is described', (kind) => {
  // Without the names that the OpenAPI document gives to schemas: they would be references.
  const { properties } = z.toJSONSchema(REPORTS[kind].question, { io: 'input', metadata: z.registry() });
  expect(Object.keys(properties!)).toContain('filter');
  for (const member of Object.keys(properties!)) expect(page).toContain(`\`${member}\``);
});

const hit = (who: string, when: string, event: string, properties: Record<string, string> = {}): TestHit => ({
  ...{ who, time: Date.parse(`2026-${when}Z`) / 1000, event, properties },
});

const SITE = 'https://shop.example/';
const HITS = [
  hit('anonymous', '10-05T10:00:00', 'Visited Site', { Referrer: 'https://www.google.com/', URL: SITE }),
  hit('anonymous', '10-05T10:00:00', 'Ad Campaign Hit', { 'Campaign Name': 'Spring', 'Campaign Medium': 'cpc' }),
  hit('anonymous', '10-05T10:00:00', 'Page View', { 'Viewed URL': `${SITE}?utm_campaign=Spring` }),
  hit('anonymous', '10-05T10:05:00', 'Viewed Pricing'),
  hit('ann', '10-05T10:30:00', 'Signed Up', { Plan: 'free' }),
  hit('ann', '10-08T09:00:00', 'Billed', { 'Billing Amount': '29', Plan: 'gold' }),
  hit('ann', '10-20T09:00:00', 'Billed', { 'Billing Amount': '-9' }),

  hit('bob', '09-10T08:00:00', 'Visited Site', { Referrer: 'https://news.example/a' }),
  ...['00', '01', '02'].map((minute) => hit('bob', `09-10T08:${minute}:00`, 'Viewed Pricing')),
  hit('bob', '09-10T08:10:00', 'Signed Up', { Plan: 'silver' }),
  hit('bob', '09-12T08:10:00', 'Billed', { 'Billing Amount': '99' }),
  hit('bob', '10-10T08:00:00', 'Page View', { 'Viewed URL': `${SITE}docs#a` }),

  hit('cid', '10-20T12:00:00', 'Visited Site', { Referrer: 'Direct', URL: SITE }),
  hit('cid', '10-20T12:00:00', 'Ad Campaign Hit', { 'Campaign Name': 'spring' }),
  hit('cid', '10-20T12:00:00', 'Page View', { 'Viewed URL': SITE }),
  hit('cid', '10-20T12:10:00', 'Viewed Pricing'),
  // A second more than a day.
  hit('cid', '10-21T12:10:01', 'Signed Up'),

  hit('dan', '10-22T12:00:00', 'Visited Site', { Referrer: 'Direct' }),
  hit('dan', '10-22T12:01:00', 'Signed Up', { Plan: '' }),
  hit('dan', '10-24T12:00:00', 'Visited Site', { Referrer: 'Direct' }),
  ...['01', '02', '03'].map((minute) => hit('dan', `10-24T12:${minute}:00`, 'Used Feature')),

  ...['01', '02', '03', '04'].map((day) => hit('eve@example.com', `10-${day}T12:00:00`, 'Used Feature')),
  ...['fay', 'gil', 'hal'].map((who) => hit(who, '09-02T08:00:00', 'Changed Plan', { Plan: 'Pro' })),
  hit('gil', '10-02T08:00:00', 'Used Feature'),
  hit('hal', '09-03T08:00:00', 'Changed Plan', { Plan: 'free' }),
  { ...hit('bot', '10-05T12:00:00', 'Page View', { 'Viewed URL': SITE }), agent: 1 },
];

type Answers = { [K in ReportKind]: (answer: Reports[K]['answer']) => unknown };

/** The part of an answer that the words ask for. */
const told: Partial<Answers> = {
  trend: ({ total, split, rows }) => [
    total,
    ...(split ?? []).map((row) => [row.value, row.total]),
    ...rows.filter(({ start, value }) => start.endsWith('day') && value).map(({ start, value }) => [start, value]),
  ],
  funnel: ({ steps, split }) => [
    ...steps.map(({ people, medianSeconds }) => [people, medianSeconds]),
    ...(split ?? []).map((part) => [part.value, ...part.steps.map(({ people }) => people)]),
  ],
  people: ({ people }) => people.map(({ identities, columns }) => [identities[0], ...columns]),
  breakdown: ({ values }) => values.map(({ value, people }) => [value, people]),
  overview: ({ channels }) => channels.map(({ value, people }) => [value, people]),
};

describe('a question in words and its answer', () => {
  const DAY = 86_400;
  const EXPECTED: [words: string, expected: unknown[]][] = [
    ['Which campaign brought people who paid?', [2, [null, 1], ['spring', 1]]],
    ['What did people pay after each campaign? Refunds are subtracted.', [119, [null, 99], ['Spring', 20]]],
    [
      'How many of the people who saw the prices signed up within a day? Split by the site from which they first came.',
      [
        [2, null],
        [1, 1500],
        ['Direct', 1, 0],
        ['google.com', 1, 1],
      ],
    ],
    [
      'How long does it take from signing up to the first payment?',
      [
        [1, null],
        [1, 2 * DAY],
      ],
    ],
    ['Who signed up last week and never came back?', [['cid']]],
    ['Who paid in September, and has not paid since then?', [['bob']]],
    [
      'Who uses the features and has not paid? The people who use them most come first. Staff are left out.',
      [['dan', 3, '']],
    ],
    ['Who has the plan Pro now, and has not used anything in October?', [['fay']]],
    ['Who looked at the prices three times before paying?', [['bob']]],
    ['Who paid most in October?', [['anonymous', 20]]],
    ['On which weekday do most people sign up?', [4, ['Monday', 1 / 13], ['Wednesday', 1 / 13], ['Thursday', 2 / 13]]],
    [
      'Which plans do the people have who visited in October? With --json the answer has a cell for each number, with which you can list the people.',
      [
        [null, 3],
        ['', 1],
        ['Pro', 1],
        ['gold', 1],
        ['silver', 1],
      ],
    ],
    [
      'From which channels did the people come who signed up in October?',
      [
        ['Direct', 2],
        ['Paid', 1],
      ],
    ],
    ['By which channels did the people come who paid in October, and how much did they pay?', [20, ['Paid', 20]]],
    ['Who saw the front page in October, whatever campaign the link was of, and has not paid?', [['cid']]],
    ['Which pages did most people see, whatever the parameters of the URL were?', [3, [SITE, 2], [`${SITE}docs`, 1]]],
  ];
  test.each(EXPECTED)('%s', async (words, expected) => {
    const { kind, question } = asked.find((one) => one.words === words)!;
    const data = await stand(HITS, { merges: [['anonymous', 'ann']] });
    const answer = await data.ask(kind, JSON.parse(question) as Reports[typeof kind]['question']);
    expect((told[kind] as (answer: unknown) => unknown)(answer)).toEqual(expected);
  });

  test('is tested for every such question in the documents', () => {
    const inDocuments = new Set(asked.map(({ words }) => words).filter((words) => words !== ''));
    expect([...inDocuments].toSorted()).toEqual(EXPECTED.map(([words]) => words).toSorted());
  });
});
