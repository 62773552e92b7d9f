import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checks, runCheck } from '../scripts/checks.ts';

for (const check of checks) {
  test(check.name, () => {
    const { isPassed, output } = runCheck(check);
    assert.ok(isPassed, output);
  });
}
