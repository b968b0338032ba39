// An application that has declared its events, in a separate file.
import { record, set, signedUp, trackClick, trackSubmit, type Command, type EventName } from 'kmq';

record('Signed Up', { 'Plan Name': 'Pro' });
record('Signed Up', { 'Plan Name': 'Pro', seats: 3 }, (arrived: boolean) => void arrived);
record('Ordered', { total: 12.5, kind: 'tea' });
record('Left');
record('Left', () => {});
record('Left', null, () => {});
record('Newsletter Asked For', { at: new Date() });
record('Newsletter Asked For');
// Fields of the tracker, which every event may have.
record('Left', { _t: 1_700_000_000, _d: 1, _i: 'left-7', _p: 'ada' });
record('Signed Up', { 'Plan Name': 'Pro', _t: 1_700_000_000 });
// Not events, but properties of the person.
record({ gender: 'female' });
record(null, { gender: 'female' });
set({ anything: 1 });
signedUp('Pro', { anything: 1 });
trackClick('.buy', 'Ordered', { kind: 'tea' });
trackSubmit('#sign-up', 'Signed Up');
const name: EventName = 'Left';
record(name);
const later: Command[] = [
  ['record', 'Signed Up', { 'Plan Name': 'Pro' }],
  ['record', 'Left'],
  ['identify', 'ada'],
];
void later;

// @ts-expect-error no such event
record('Signd Up', { 'Plan Name': 'Pro' });
// @ts-expect-error case matters
record('signed up', { 'Plan Name': 'Pro' });
// @ts-expect-error a property is needed
record('Signed Up');
// @ts-expect-error a property is needed, and a callback is none
record('Signed Up', () => {});
// @ts-expect-error no such property
record('Signed Up', { 'Plan Name': 'Pro', 'Plan Nmae': 'Pro' });
// @ts-expect-error a property of another event
record('Signed Up', { 'Plan Name': 'Pro', total: 7 });
// @ts-expect-error a number
record('Ordered', { total: '12.50', kind: 'tea' });
// @ts-expect-error one of two
record('Ordered', { total: 12.5, kind: 'coffee' });
// @ts-expect-error it has no properties
record('Left', { why: 'no tea' });
// @ts-expect-error no such event
trackClick('.buy', 'Bought');
// @ts-expect-error no such property
trackClick('.buy', 'Ordered', { colour: 'red' });
// @ts-expect-error no such event
trackSubmit('#sign-up', 'Signed Upp');
// @ts-expect-error no such event
const wrong: Command = ['record', 'Gone'];
void wrong;
