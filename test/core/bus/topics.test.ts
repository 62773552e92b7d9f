import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayPublish, mayRead, maySubscribe } from '../../../nodes/core/bus/topic-rights.ts';
import { agentTopics, commandTopic, readTopic, topicMatches } from '../../../nodes/core/bus/topics.ts';

test('an agent owns the topics of the design', () => {
  const topics = agentTopics('hall-1');
  assert.equal(topics.status, 'reelflow/hall-1/status');
  assert.equal(topics.schedule, 'reelflow/hall-1/schedule');
  assert.equal(topics.recording('20261121T101500Z-3f9a1c'), 'reelflow/hall-1/recording/20261121T101500Z-3f9a1c');
  assert.equal(topics.preview('hall_a'), 'reelflow/hall-1/preview/hall_a');
  assert.equal(topics.event('alarm'), 'reelflow/hall-1/event/alarm');
  assert.equal(topics.reply('a1'), 'reelflow/hall-1/reply/a1');
});

test('names that would end up elsewhere are refused', () => {
  for (const name of ['', 'a/b', '+', '#', 'hall 1', 'all', 'group', 'x'.repeat(65), 'ä']) {
    assert.throws(() => agentTopics(name), { code: 'AGENT_NAME_INVALID' }, name);
  }
  assert.throws(() => agentTopics('hall').preview('../status'), { code: 'TOPIC_INVALID' });
  assert.throws(() => agentTopics('hall').reply('a/b'), { code: 'TOPIC_INVALID' });
});

test('commands go to one agent, to all, or to a group', () => {
  assert.equal(commandTopic('hall-2', 'record/start'), 'reelflow/hall-2/command/record/start');
  assert.equal(commandTopic('all', 'lamp/on'), 'reelflow/all/command/lamp/on');
  assert.equal(commandTopic('group/east', 'lamp/on'), 'reelflow/group/east/command/lamp/on');
  for (const target of ['', 'group', 'group/', 'a/b', 'group/a/b', '+', '#']) {
    assert.throws(() => commandTopic(target, 'lamp/on'), { code: 'TARGET_INVALID' }, target);
  }
  for (const verb of ['', '/on', 'lamp/#', 'lamp/+', 'lamp//on']) {
    assert.throws(() => commandTopic('all', verb), { code: 'VERB_INVALID' }, verb);
  }
});

test('topics are taken apart the same way', () => {
  assert.deepEqual(readTopic('reelflow/a/command/record/start'), {
    scope: 'agent',
    agent: 'a',
    kind: 'command',
    rest: 'record/start',
  });
  assert.deepEqual(readTopic('reelflow/group/east/command/x'), {
    scope: 'group',
    group: 'east',
    kind: 'command',
    rest: 'x',
  });
  assert.equal(readTopic('reelflow/all/command/x')?.scope, 'all');
  assert.equal(readTopic('home/lamp'), undefined);
});

test('filters match as MQTT 3.1.1 section 4.7 has it', () => {
  for (const [filter, topic, isMatch] of [
    ['a/b', 'a/b', true],
    ['a/+', 'a/b', true],
    ['a/+', 'a', false],
    ['a/+', 'a/b/c', false],
    ['a/#', 'a', true],
    ['a/#', 'a/b/c', true],
    ['#', 'a/b', true],
    ['+/+', '/a', true],
    ['+', '/a', false],
    ['#', '$SYS/x', false],
    ['+/x', '$SYS/x', false],
    ['$SYS/#', '$SYS/x', true],
    ['a/b/c', 'a/b', false],
  ] as const) {
    assert.equal(topicMatches(filter, topic), isMatch, `${filter} ${topic}`);
  }
});

test('the matrix of roles', () => {
  const who = {
    viewer: { user: 'eva', role: 'viewer' },
    operator: { user: 'olaf', role: 'operator' },
    admin: { user: 'admin', role: 'admin' },
    agent: { user: 'token:hall-2', role: 'operator' },
    weakAgent: { user: 'hall-2', role: 'viewer' },
  } as const;
  const topics = {
    command: 'reelflow/hall-2/command/record/start',
    toAll: 'reelflow/all/command/record/start',
    status: 'reelflow/hall-2/status',
    reply: 'reelflow/hall-2/reply/a1',
    otherStatus: 'reelflow/hall-3/status',
    foreign: 'home/lamp',
    sys: '$SYS/x',
  };
  const publish = Object.fromEntries(
    Object.entries(who).map(([name, identity]) => [
      name,
      Object.entries(topics)
        .filter(([, topic]) => mayPublish(identity, topic))
        .map(([topic]) => topic),
    ]),
  );
  assert.deepEqual(publish, {
    viewer: [],
    operator: ['command', 'toAll', 'foreign'],
    admin: ['command', 'toAll', 'status', 'reply', 'otherStatus', 'foreign'],
    agent: ['command', 'toAll', 'status', 'reply', 'foreign'],
    weakAgent: [],
  });
  const read = Object.fromEntries(
    Object.entries(who).map(([name, identity]) => [
      name,
      Object.entries(topics)
        .filter(([, topic]) => mayRead(identity, topic))
        .map(([topic]) => topic),
    ]),
  );
  const state = ['status', 'reply', 'otherStatus', 'foreign'];
  assert.deepEqual(read, {
    viewer: state,
    operator: ['toAll', ...state],
    admin: ['command', 'toAll', ...state],
    agent: ['command', 'toAll', ...state],
    weakAgent: state,
  });
  assert.equal(maySubscribe(who.admin, '$SYS/#'), false);
  assert.equal(maySubscribe(who.admin, '$share/g/reelflow/#'), false);
  assert.equal(maySubscribe(who.viewer, 'reelflow/#'), true);
});
