import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import registerOverview from '../../../dashboard/widgets/ui-capture-overview/ui-capture-overview.ts';
import registerSchedule from '../../../dashboard/widgets/ui-capture-schedule/ui-capture-schedule.ts';
import { type NodeRuntime, startNodeRuntime } from '../../fixtures/node-runtime.ts';

interface Red {
  nodes: { createNode(node: object, definition: object): void; registerType(type: string, make: unknown): void };
}

let registered: Record<string, unknown>[] = [];
let runtime: NodeRuntime | undefined;
afterEach(async () => {
  await runtime?.stop();
  runtime = undefined;
  registered = [];
});

/** Dashboard 2's group as a widget sees it. */
function registerGroup(red: Red): void {
  red.nodes.registerType('ui-group', function (this: object, definition: object) {
    red.nodes.createNode(this, definition);
    Object.assign(this, {
      register: (_node: object, settings: Record<string, unknown>) => registered.push(settings),
    });
  });
}

test('a widget stands in its group with the settings that Dashboard 2 reads', async () => {
  runtime = await startNodeRuntime(
    [registerGroup, registerOverview, registerSchedule],
    [
      { id: 'group', type: 'ui-group' },
      { id: 'w1', z: 'tab', type: 'ui-capture-overview', group: 'group', width: '6', height: '0', order: 2 },
      { id: 'w2', z: 'tab', type: 'ui-capture-schedule', group: 'group', days: '14' },
      { id: 'tab', type: 'tab' },
    ],
  );
  const [overview, schedule] = registered;
  assert.deepEqual(overview, {
    id: 'w1',
    type: 'ui-capture-overview',
    z: 'tab',
    name: '',
    group: 'group',
    order: 2,
    width: '6',
    height: '0',
    className: '',
  });
  assert.equal(schedule?.['days'], 14);
});

test('without a group, or with days that are none, the node says what is missing, and nothing else breaks', async () => {
  runtime = await startNodeRuntime(
    [registerGroup, registerOverview, registerSchedule],
    [
      { id: 'tab', type: 'tab' },
      { id: 'group', type: 'ui-group' },
      { id: 'w1', z: 'tab', type: 'ui-capture-overview', group: 'gone' },
      { id: 'w2', z: 'tab', type: 'ui-capture-schedule', group: 'group', days: 0 },
      { id: 'w3', z: 'tab', type: 'ui-capture-overview', group: 'group' },
    ],
  );
  assert.deepEqual(
    registered.map((settings) => settings['id']),
    ['w3'],
  );
  assert.match(String(runtime.lines('w1')[0]?.text), /choose the dashboard group/);
  assert.match(String(runtime.lines('w2')[0]?.text), /days/);
});
