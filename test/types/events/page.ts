import type {} from 'kmq/global';
// A script of a page whose site has declared its events.

window._kmq = window._kmq || [];
_kmq.push(['record', 'Signed Up', { 'Plan Name': 'Pro' }], ['identify', 'ada'], () => KM.record('Left'));
_kmq.push(['record', 'Left', () => {}], ['record', { gender: 'female' }]);
_kmq.push('record', 'Ordered', { total: 12.5, kind: 'cup' });
KM.record('Ordered', { total: 12.5, kind: 'cup', gift: true });
KM.trackSubmit('#sign-up', 'Signed Up', { seats: 1 });

// @ts-expect-error no such event
_kmq.push(['record', 'Signd Up', { 'Plan Name': 'Pro' }]);
// @ts-expect-error no such property
_kmq.push(['record', 'Signed Up', { 'Plan Nmae': 'Pro' }]);
// @ts-expect-error one more property
_kmq.push(['identify', 'ada'], ['record', 'Signed Up', { 'Plan Name': 'Pro', colour: 'red' }]);
// @ts-expect-error a property is needed
_kmq.push('record', 'Ordered', { total: 12.5 });
// @ts-expect-error no such event
KM.record('Gone');
// @ts-expect-error no such event
KM.trackClick('.buy', 'Bought');
