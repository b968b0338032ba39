// An application that bundles its scripts. It has no types for globals of a page unless it imports them.
import { ab, consent, identify, init, record, set, trackClick, type Command, type Properties } from 'kmq';

const properties: Properties = { plan: 'pro', seats: 3 };
init({
  key: 'KEY',
  collector: 'https://kmq.example.com',
  settings: { KM_SKIP_PAGE_VIEW: false, KM_CONSENT: 'denied' },
});
record('Signed Up', properties, () => {});
record({ gender: 'female' });
set({ gender: 'female' });
identify('ada@example.com');
trackClick('.buy', 'Bought');
consent('granted');
ab('Headline', ['a', 'b'], (variant: 'a' | 'b') => void variant);
const later: Command[] = [
  ['record', 'a'],
  ['identify', null],
];
void later;

// @ts-expect-error an event has a name
record(7);
// @ts-expect-error nested objects do not travel
set({ a: { b: 1 } });
// @ts-expect-error a key is needed
init({ collector: 'https://kmq.example.com' });
// @ts-expect-error no such setting
init({ key: 'a', collector: 'b', settings: { KM_SKIP_EVERYTHING: 1 } });
