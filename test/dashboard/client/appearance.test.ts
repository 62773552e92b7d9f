import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appearancesOf, isDarkColour, readAppearance, themeFor } from '../../../dashboard/client/appearance.ts';

const themes = { day: { colors: { bgPage: '#eef1f0' } }, night: { colors: { bgPage: '#101817' } } };

test('a theme is dark when its page is', () => {
  assert.equal(isDarkColour('#101817'), true);
  assert.equal(isDarkColour('#eef1f0'), false);
});

test('the choice is there only when the dashboard has both kinds of theme', () => {
  assert.deepEqual(appearancesOf(themes), ['page', 'light', 'dark']);
  assert.deepEqual(appearancesOf({ day: themes.day }), ['page']);
});

test("a page keeps its own theme when that is as wished, and gets the dashboard's other one when not", () => {
  assert.equal(themeFor('page', themes, 'day'), undefined);
  assert.equal(themeFor('light', themes, 'day'), 'day');
  assert.equal(themeFor('dark', themes, 'day'), 'night');
  assert.equal(themeFor('dark', { day: themes.day }, 'day'), undefined, 'there is no dark one');
});

test('whatever else stands in the storage means: as set', () => {
  assert.equal(readAppearance({ getItem: () => 'dark' }), 'dark');
  assert.equal(readAppearance({ getItem: () => 'pink' }), 'page');
  assert.equal(readAppearance({ getItem: () => null }), 'page');
});
