/** Each question in the form of kmq's API, and as SQL for ClickHouse on a table `hits` in the order of (event, time). */

const DAY = 86_400;

/** @param from first day, Unix seconds @param days how many */
export function questions(from, days) {
  const dayOf = (n) => new Date((from + n * DAY) * 1000).toISOString().slice(0, 10);
  const range = { from: dayOf(0), to: dayOf(days - 1) };
  const within = `time >= ${from} AND time < ${from + days * DAY}`;
  const steps = ['Visited Site', 'Viewed Product', 'Added to Cart', 'Billed'];
  const event = (name) => `event = '${name}'`;
  const bucket = `intDiv(time - ${from}, ${DAY})`;
  return [
    {
      name: 'trend: people by day',
      kind: 'trend',
      question: { ...range, event: 'Page View', count: 'people', by: 'day' },
      statement: `SELECT ${bucket} AS d, uniqExact(person) FROM hits WHERE ${event('Page View')} AND ${within}
        GROUP BY GROUPING SETS ((d), ())`,
    },
    {
      name: 'trend, split by the last touch',
      kind: 'trend',
      question: {
        ...{ ...range, event: 'Billed', count: 'people', by: 'week' },
        split: { property: 'Referrer', attribution: 'last touch' },
      },
      statement: `SELECT intDiv(e.time - ${from}, ${7 * DAY}) AS w, r.value, uniqExact(e.person) FROM
        (SELECT person, time FROM hits WHERE ${event('Billed')} AND ${within}) e
        ASOF LEFT JOIN (SELECT person, time, \`Referrer\` AS value FROM hits WHERE isNotNull(\`Referrer\`)) r
          ON e.person = r.person AND e.time >= r.time GROUP BY GROUPING SETS ((w, r.value), (r.value), (w), ())`,
    },
    {
      name: 'trend, split by the first value ever',
      kind: 'trend',
      question: {
        ...{ ...range, event: 'Page View', count: 'people', by: 'week' },
        split: { property: 'Referrer', attribution: 'first ever' },
      },
      statement: `SELECT intDiv(e.time - ${from}, ${7 * DAY}) AS w, r.value, uniqExact(e.person) FROM
        (SELECT person, time FROM hits WHERE ${event('Page View')} AND ${within}) e
        LEFT JOIN (SELECT person, argMin(\`Referrer\`, time) AS value FROM hits WHERE isNotNull(\`Referrer\`) GROUP BY person) r
          ON e.person = r.person GROUP BY GROUPING SETS ((w, r.value), (r.value), (w), ())`,
    },
    {
      name: 'funnel of four steps',
      kind: 'funnel',
      question: { ...range, steps: steps.map((name) => ({ event: name })) },
      statement: `WITH ${steps
        .map((name, index) =>
          index
            ? `s${index} AS (SELECT h.person AS person, min(h.time) AS t, any(s.t) AS before FROM hits h JOIN s${index - 1} s ON s.person = h.person
                WHERE h.${event(name)} AND h.${within} AND h.time >= s.t GROUP BY h.person)`
            : `s0 AS (SELECT person, min(time) AS t FROM hits WHERE ${event(name)} AND ${within} GROUP BY person)`,
        )
        .join(', ')}
        SELECT ${steps.map((_, index) => `(SELECT count() FROM s${index})${index ? `, (SELECT median(t - before) FROM s${index})` : ''}`).join(', ')}`,
    },
    {
      name: 'funnel of four steps in seven days',
      kind: 'funnel',
      question: { ...range, window: 7 * DAY, steps: steps.map((name) => ({ event: name })) },
      statement: `WITH ${steps
        .map((name, index) =>
          index
            ? `s${index} AS (SELECT h.person AS person, h.time AS time, s.start AS start FROM
                (SELECT person, time FROM hits WHERE ${event(name)} AND time >= ${from}) h
                ASOF JOIN s${index - 1} s ON s.person = h.person AND h.time >= s.time WHERE h.time <= s.start + ${7 * DAY})`
            : `s0 AS (SELECT person, time, time AS start FROM hits WHERE ${event(name)} AND ${within})`,
        )
        .join(', ')}
        SELECT ${steps.map((_, index) => `(SELECT uniqExact(person) FROM s${index})`).join(', ')}`,
    },
    {
      name: 'people: three conditions',
      kind: 'people',
      question: {
        filter: {
          all: [
            { event: 'Added to Cart', atLeast: 2, ...range },
            { not: { event: 'Billed' } },
            { property: 'Referrer', contains: 'GOOGLE' },
          ],
        },
        limit: 50,
      },
      statement: `SELECT person, max(time) AS seen, count() OVER () FROM hits GROUP BY person
        HAVING countIf(${event('Added to Cart')} AND ${within}) >= 2 AND countIf(${event('Billed')}) = 0
          AND countIf(\`Referrer\` ILIKE '%google%') > 0 ORDER BY seen DESC LIMIT 50`,
    },
    {
      name: 'breakdown of addresses',
      kind: 'breakdown',
      question: { ...range, property: 'Viewed URL' },
      statement: `SELECT \`Viewed URL\` AS value, uniqExact(person) AS people, count() FROM hits WHERE isNotNull(value) AND ${within}
        GROUP BY value ORDER BY people DESC LIMIT 10000`,
    },
    {
      name: 'names',
      kind: 'names',
      question: {},
      statement: (
        properties,
      ) => `SELECT event, uniqExact(person), count(), min(time), max(time) FROM hits GROUP BY event
        UNION ALL ${properties
          .map((one) => {
            const has = `isNotNull(\`${one}\`)`;
            return `SELECT '${one}', uniqExactIf(person, ${has}), countIf(${has}), minIf(time, ${has}), maxIf(time, ${has}) FROM hits`;
          })
          .join(' UNION ALL ')}`,
    },
    {
      name: 'overview',
      kind: 'overview',
      question: range,
      statement: overviewOf('TRUE'),
    },
    {
      name: 'overview of those whom Google brought',
      kind: 'overview',
      question: { ...range, filter: { referrer: 'google.com', ...range } },
      statement: overviewOf(`person IN (SELECT person FROM (
        SELECT person, argMin(referrer, time) AS first FROM (${visits('TRUE')}) WHERE begins AND ${within} GROUP BY person)
        WHERE domainWithoutWWW(first) = 'google.com')`),
    },
  ];

  function visits(isAsked) {
    return `SELECT person, time, \`Referrer\` AS referrer,
        time - lagInFrame(time, 1, 0) OVER (PARTITION BY person ORDER BY time ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) > 1800 AS begins
      FROM hits WHERE agent = 0 AND ${isAsked}`;
  }

  /** @param isAsked a test of a person */
  function overviewOf(isAsked) {
    const asked = `FROM hits WHERE ${isAsked} AND ${within}`;
    return `
      WITH v AS (${visits(isAsked)}),
      n AS (SELECT person, min(time) AS first FROM hits WHERE ${isAsked} GROUP BY person)
      SELECT 'people', toString(${bucket} AS d), uniqExact(person) ${asked} GROUP BY GROUPING SETS ((d), ())
      UNION ALL SELECT 'visits', toString(${bucket} AS d), countIf(begins) FROM v WHERE ${within} GROUP BY GROUPING SETS ((d), ())
      UNION ALL SELECT 'new', toString(intDiv(first - ${from}, ${DAY})) AS d, count() FROM n WHERE first >= ${from} GROUP BY GROUPING SETS ((d), ())
      UNION ALL SELECT 'referrer', coalesce(r, 'Direct') AS value, count() AS people FROM
        (SELECT person, argMin(referrer, time) AS r FROM v WHERE begins AND ${within} GROUP BY person) GROUP BY value
      UNION ALL (SELECT 'page', \`Viewed URL\` AS value, uniqExact(person) AS people ${asked} AND ${event('Page View')}
        GROUP BY value ORDER BY people DESC LIMIT 10)
      UNION ALL (SELECT 'event', event, uniqExact(person) AS people ${asked} GROUP BY event ORDER BY people DESC LIMIT 10)`;
  }
}
