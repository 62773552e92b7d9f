import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldsOf, formProblem, settingsOf } from '../../../dashboard/client/webhook-form.ts';
import type { WebhookDeliveryJson, WebhookJson } from '../../../dashboard/client/webhook-types.ts';
import { deliverySentence, scopeWords, webhookLook, webhookSentence } from '../../../dashboard/client/webhook-words.ts';

const now = Date.parse('2026-11-21T10:00:00Z');
const before = (seconds: number) => new Date(now - seconds * 1000).toISOString();
const hook: WebhookJson = {
  ...{ id: 'a', url: 'https://host/hook', secret: '<REDACTED>', channels: [], isEnabled: true, waiting: 0, failed: 0 },
  events: ['chunk.missing'],
};
const taken = { at: before(60), durationMs: 12, status: 204 };
const refused = { ...taken, status: 500, error: { code: 'WEBHOOK_REFUSED', message: 'it answered 500' } };

test('how a webhook is doing, in a word and a sentence', () => {
  const words = (more: Partial<WebhookJson>) => {
    const one = { ...hook, ...more };
    return [webhookLook(one).word, webhookSentence(one, now)];
  };
  assert.deepEqual(words({}), ['Nothing sent yet', '']);
  assert.deepEqual(words({ last: taken }), ['Works', 'It answered 204 after 12 ms, 60 s ago.']);
  assert.deepEqual(words({ last: refused, waiting: 1 }), ['Refused', 'It answered 500, 60 s ago. 1 message waits.']);
  assert.equal(words({ last: refused, pausedUntil: before(-9) })[0], 'Failing');
  assert.equal(words({ isEnabled: false })[0], 'Off');
  const gone = words({ isEnabled: false, goneAt: before(9), last: refused, failed: 2 });
  assert.deepEqual(gone, ['Gone', 'The receiver said that it is gone (410), so it was switched off. 2 were given up.']);
  assert.equal(scopeWords(hook), 'A chunk is missing; all channels.');
  assert.equal(scopeWords({ ...hook, channels: ['news', 'sports'] }), 'A chunk is missing; news, sports.');
});

test('what became of a message', () => {
  const delivery: WebhookDeliveryJson = {
    ...{ id: 'm', type: 'chunk.missing', state: 'waiting', attempts: 2, createdAt: before(90), body: {} },
    last: refused,
    nextAttemptAt: before(-10),
  };
  assert.equal(deliverySentence(delivery, now), 'It answered 500, 60 s ago. 2 attempts. Next try in 10 s.');
  const due = { ...delivery, nextAttemptAt: before(1) };
  assert.match(deliverySentence(due, now), /It waits for its turn\.$/);
  const { last: _last, nextAttemptAt: _next, ...never } = delivery;
  assert.match(deliverySentence({ ...never, state: 'failed', attempts: 0 }, now), /never sent/);
});

test('the form says what is missing, and sends what it shows; an empty secret says nothing', () => {
  const fields = fieldsOf(undefined);
  assert.match(formProblem(fields), /address/);
  const whole = { ...fields, url: ' https://host/hook ' };
  assert.equal(formProblem(whole), '');
  assert.match(formProblem({ ...whole, events: [] }), /at least one/);
  assert.match(formProblem({ ...whole, secret: 'hunter2' }), /whsec_/);
  assert.deepEqual(settingsOf(whole), {
    url: 'https://host/hook',
    events: ['chunk.partial', 'chunk.missing', 'channel.trouble', 'channel.recovered'],
    channels: [],
    isEnabled: true,
  });
  assert.equal(settingsOf({ ...fieldsOf(hook), secret: ' whsec_x ' })['secret'], 'whsec_x');
});
