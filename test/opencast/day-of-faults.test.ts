import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { faultsOf } from '../fixtures/day-check.ts';
import { SimulatedDay } from '../fixtures/simulated-day.ts';

const seeds = process.env['DAY_SEEDS']?.split(',').map(Number) ?? [4, 5, Math.floor(Math.random() * 1e9)];

mock.timers.enable({ apis: ['setTimeout'] });

for (const seed of seeds) {
  test(`a day of faults, seed ${seed}: what was delivered is uploaded, once, and told in order`, async (context) => {
    const day = new SimulatedDay(seed, mock.timers);
    const faults = await day.live(() => faultsOf(day));
    const { deaths, hours } = day.days;
    context.diagnostic(
      `${deaths} deaths in ${Math.round(hours)} h, ${day.core.accepted.length} uploads, ${day.core.refused} refused`,
    );
    assert.deepEqual(faults, [], `seed ${seed}:\n${day.story.join('\n')}\n${day.station?.errors.join('\n')}`);
  });
}
