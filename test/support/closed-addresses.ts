/** Addresses that nobody may read through a proxy that kmq does not know. */
export const CLOSED = [
  '/',
  '/live',
  '/person',
  '/metrics',
  '/api/v1/about',
  '/api/v1/export?key=site',
  '/api/v1/people?key=site',
];
