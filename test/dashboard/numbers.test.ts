import { expect, test } from 'vitest';
import { change, exactly, money, number, plainNumber, short } from '../../src/dashboard/format.js';

test('a small number is not shown as 0', () => {
  expect([0.0016, 0.08, 0.0124, 0.5, -0.004, 1.239, 1234.567].map(number)).toEqual([
    ...['0.0016', '0.08', '0.012', '0.5', '\u22120.004', '1.24', '1,234.57'],
  ]);
  // What adding up decimals leaves over is nothing.
  expect([0, -0, 0.1 + 0.2 - 0.3, 0.3 - 0.2 - 0.1].map(number)).toEqual(['0', '0', '0', '0']);
});

test('a number below zero has a minus sign, and what is copied from a page can be pasted into a field', () => {
  // Anyone may send an amount with 309 digits.
  expect(money(1e308, 'EUR').length).toBeLessThan(20);
  expect([change(1000, 926), money(-5), number(-1234.5), short(-20_000)]).toEqual([
    ...['\u22127.4%', '\u22125.00', '\u22121,234.5', '\u221220K'],
  ]);
  expect(plainNumber(number(-1234.5))).toBe('-1234.5');
});

test('no two marks of an axis have the same text', () => {
  const ticks = [0.0005, 0.001, 0.0015, 0.05, 0.1, 0.15, 0.2, 2, 1500, 20_000, 2e12, 2e21, 4e21];
  expect(ticks.map(short)).toEqual([
    ...['0.0005', '0.001', '0.0015', '0.05', '0.1', '0.15', '0.2', '2', '1.5K', '20K', '2T', '2E21', '4E21'],
  ]);
});

test('a huge number has no digits that are not known', () => {
  expect(number(9_007_199_254_740_991)).toBe('9,007,199,254,740,991');
  expect(number(1.68e23)).toBe('1.68E23');
});

test('the number of a condition has all its digits', () => {
  expect([0.125, 12.345, 1000, 0.0001, 0].map(exactly)).toEqual(['0.125', '12.345', '1,000', '0.0001', '0']);
  expect([1.25e-25, -2e-7, 1e300, 1.2345e21].map(exactly)).toEqual([
    ...['1.25E\u221225', '\u22122E\u22127', '1E300', '1.2345E21'],
  ]);
});
