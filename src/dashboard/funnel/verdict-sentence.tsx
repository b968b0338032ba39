import type { ComponentChildren } from 'preact';
import { Text } from '../components/text.js';
import { number } from '../format.js';
import { share } from './bars.js';
import type { Group, Verdict } from './verdict.js';

/** How many other values the sentence names. */
const NAMED = 2;

const shareIn = ({ done, began }: Group): string => share(done, began, true);

/** Says whether the values of a split differ by more than chance: which variant of an A/B test is better, for example. */
export function VerdictSentence({
  verdict,
  groups,
  hasOthers,
}: {
  verdict: Verdict;
  groups: readonly Group[];
  /** Whether the table has a row of other values, which are not compared. */
  hasOthers: boolean;
}): ComponentChildren {
  if (verdict === 'too few')
    return <p class="verdict quiet">Too few people did all steps, or too few did not: any difference may be chance.</p>;
  if (verdict === 'none')
    return (
      <p class="verdict">{groups.length === 2 ? 'The difference may be chance.' : 'The differences may be chance.'}</p>
    );
  const { group, than } = verdict;
  const isAboveAll = than.length === groups.length - 1;
  return (
    <p class="verdict">
      The share of people who did all steps is larger with{' '}
      <Text strong cut>
        {group.value}
      </Text>{' '}
      than with {isAboveAll && !hasOthers && than.length > NAMED ? 'any other value' : <Named groups={than} />}, by more
      than chance: {shareIn(group)}
      {than.length === 1 ? ' and ' : ', and at most '}
      {shareIn(than[0]!)}.{!isAboveAll && ' Its difference from other values may be chance.'}
    </p>
  );
}

function Named({ groups }: { groups: readonly Group[] }): ComponentChildren {
  const [first, second] = groups;
  const more = groups.length - NAMED;
  return (
    <>
      <Text cut>{first!.value}</Text>
      {second && (
        <>
          {more > 0 ? ', ' : ' or '}
          <Text cut>{second.value}</Text>
        </>
      )}
      {more > 0 && ` or ${number(more)} more`}
    </>
  );
}
