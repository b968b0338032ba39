import type { ComponentChildren } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import { foldText } from '../../protocol/fold.js';
import type { Range } from '../../protocol/reports.js';
import { isFuture } from '../compared-days.js';
import { useWithCompared, useOnceAllAnswered } from '../compared.js';
import { besideFields } from '../components/drafts.js';
import { FilterBar } from '../components/filter-bar.js';
import { Foot } from '../components/foot.js';
import { openPage } from '../components/frame.js';
import { NotBegun } from '../components/more-days.js';
import { NoEvents } from '../components/no-events.js';
import { RangePicker } from '../components/range-picker.js';
import { Answer } from '../components/states.js';
import { askForNames, useNames } from '../names.js';
import { setParameters, useParameters, viewOf } from '../view.js';
import { TrendFigure } from './answer.js';
import { Editor, FIELDS } from './editor.js';
import { isNothing, Nobody } from './nobody.js';
import { firstEvent } from './first.js';
import { usePropertiesOfEvent } from './properties-of-event.js';
import { chosenIn, isAdded, questionOf } from './question.js';

function Trend(): ComponentChildren {
  const parameters = useParameters();
  const view = viewOf(parameters);
  const named = chosenIn(parameters);
  const names = useNames();
  const first = named.event === '' && names.answer ? firstEvent(names.answer) : undefined;
  const withEvent = first === undefined ? named : { ...named, event: first };
  const ofEvent = usePropertiesOfEvent(withEvent);
  const isWithout = isAdded(named.count) && named.property === '';
  const amount = isWithout ? ofEvent?.amounts[0] : undefined;
  const chosen = amount === undefined ? withEvent : { ...withEvent, property: amount };
  useLayoutEffect(() => {
    if (first !== undefined) setParameters({ event: first }, { replace: true });
  }, [first]);
  useLayoutEffect(() => {
    if (amount !== undefined) setParameters({ of: amount }, { replace: true });
  }, [amount]);
  // Until it is known which property to add up, the page shows the previous answer, and not that a property is missing.
  const question = (range: Range) => (isWithout && !ofEvent ? undefined : questionOf(chosen, view, range));
  const asked = useOnceAllAnswered(useWithCompared('trend', question, view, view.compare));
  const { problem, answered } = asked;
  // Until the properties of the event are known, the page does not say that none of its hits has this one.
  const isSent = ofEvent?.names.some((name) => foldText(name) === foldText(chosen.property)) ?? true;
  if (names.answer?.events.length === 0)
    return (
      <>
        <h1 class="unseen">Trend</h1>
        <NoEvents names={names.answer} />
      </>
    );
  return (
    <>
      <h1 class="unseen">Trend</h1>
      <RangePicker view={view} />
      <FilterBar filter={view.filter} />
      {/* The fields can be used before the names are there, with which the first question is filled in. */}
      <Editor chosen={chosen} view={view} names={names.answer} ofEvent={ofEvent} problem={problem} />
      {chosen.event === '' ? (
        <Answer asked={names}>{() => null}</Answer>
      ) : (
        <Answer asked={besideFields(asked, FIELDS)}>
          {(compared) =>
            isNothing(compared, answered!, isSent) ? (
              <>
                {isFuture(view) ? (
                  <NotBegun />
                ) : (
                  <Nobody
                    question={answered!}
                    amounts={ofEvent?.amounts}
                    people={compared.answer.people}
                    isFiltered={view.filter.length > 0}
                  />
                )}
                <Foot answer={compared.answer} />
              </>
            ) : (
              <TrendFigure compared={compared} question={answered!} />
            )
          }
        </Answer>
      )}
    </>
  );
}

askForNames();
openPage('trend', 'Trend', Trend);
