import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFromCore, planIngest } from '../../../nodes/core/ingest/ingest-plan.ts';
import { coreEvent, ingestSettings } from '../../fixtures/ingest-bench.ts';
import { makeRecording } from '../../fixtures/make-recording.ts';

const track = (input: string, flavor: string, path = `/data/${input}.mp4`) => ({
  input,
  flavor,
  path,
  mimeType: 'video/mp4',
  sizeBytes: 10,
  durationMs: 1000,
});
const scheduled = { isKnown: true, agent: 'hall-1' };

test('workflow: the event first, then the node; prefix cut, dots and equal signs kept', () => {
  const settings = {
    ...ingestSettings,
    workflowDefinitionId: 'own',
    workflowParameters: { publish: 'no', trim: 'yes' },
  };
  const properties = {
    'org.opencastproject.workflow.config.a.b': 'x=y',
    'org.opencastproject.workflow.config.publish': 'true',
  };
  const plan = planIngest(makeRecording({ event: coreEvent('uid-1', properties) }), settings, scheduled);
  assert.equal(plan.workflowDefinitionId, 'fast');
  assert.deepEqual(plan.parameters, { publish: 'true', trim: 'yes', straightToPublishing: 'true', 'a.b': 'x=y' });
  assert.equal(planIngest(makeRecording(), settings, scheduled).workflowDefinitionId, 'own');
});

test('what the core scheduled is known by its properties or its catalog', () => {
  assert.equal(isFromCore(makeRecording({ event: coreEvent('uid-1') })), true);
  assert.equal(isFromCore(makeRecording()), false);
  const { event } = makeRecording();
  assert.equal(
    isFromCore(makeRecording({ event: { ...event, attachments: [{ filename: 'episode.xml', text: '' }] } })),
    true,
  );
});

test('flavors and tags by camera; several files of one camera keep their own flavors', () => {
  const settings = {
    ...ingestSettings,
    flavors: { hall: 'presenter/source', tool: 'other/source' },
    tags: { hall: ['a'], '*': ['b'] },
  };
  const tracks = [
    track('hall', 'x/source'),
    track('tool', 'presenter/source', '/data/one.mp4'),
    track('tool', 'presentation/source', '/data/two.mp4'),
  ];
  const { elements } = planIngest(makeRecording({ tracks, isDegraded: true }), settings, scheduled);
  assert.deepEqual(
    elements.map((element) => element.kind === 'track' && [element.flavor, element.tags]),
    [
      ['presenter/source', ['a', 'degraded']],
      ['presenter/source', ['b', 'degraded']],
      ['presentation/source', ['b', 'degraded']],
    ],
  );
});

test('the id: that of the event, unless it would not pass as part of an address', () => {
  const { event, id } = makeRecording();
  const own = { isKnown: false, agent: 'hall-1' };
  const idOf = (uid: string, about: typeof own) =>
    planIngest(makeRecording({ event: { ...event, uid } }), ingestSettings, about).mediaPackageId;
  assert.equal(idOf('4d2c-1', own), '4d2c-1');
  assert.equal(idOf('meeting@example.org/20261121T101500Z', own), id);
});

test('the catalog of an unknown recording says what, when and where', () => {
  const { event } = makeRecording();
  const series = '3b9f2c1e-0000-4000-8000-1234567890ab';
  const recording = makeRecording({ title: 'A & B\u0007', event: { ...event, series, description: '1 < 2' } });
  const { elements } = planIngest(recording, ingestSettings, { isKnown: false, agent: 'hall-1' });
  const [catalog] = elements;
  assert.ok(catalog?.kind === 'catalog');
  const lines = catalog.xml.split('\n').map((line) => line.trim());
  for (const line of [
    '<dcterms:title>A &amp; B </dcterms:title>',
    '<dcterms:description>1 &lt; 2</dcterms:description>',
    `<dcterms:isPartOf>${series}</dcterms:isPartOf>`,
    '<dcterms:spatial>hall-1</dcterms:spatial>',
    '<dcterms:created xsi:type="dcterms:W3CDTF">2026-11-21T10:15:00Z</dcterms:created>',
    '<dcterms:temporal xsi:type="dcterms:Period">start=2026-11-21T10:15:00Z; end=2026-11-21T10:16:00Z; scheme=W3C-DTF;</dcterms:temporal>',
  ]) {
    assert.ok(lines.includes(line), `${line} in\n${catalog.xml}`);
  }
});

test('access rules name their roles, in text that can not break out of the policy', () => {
  const settings = { ...ingestSettings, access: { read: ['ROLE_A"/><x'], write: ['ROLE_B'] } };
  const { elements } = planIngest(makeRecording(), settings, { isKnown: false, agent: 'hall-1' });
  const policy = elements.find(({ kind }) => kind === 'attachment');
  assert.ok(policy?.kind === 'attachment');
  assert.equal(policy.flavor, 'security/xacml+episode');
  assert.match(policy.xml, /RuleId="ROLE_A&quot;\/&gt;&lt;x_read_Permit"/);
  assert.match(
    policy.xml,
    /<AttributeValue [^>]*>write<\/AttributeValue>.*<AttributeValue [^>]*>ROLE_B<\/AttributeValue>/,
  );
  assert.match(policy.xml, /RuleId="DenyRule" Effect="Deny"/);
});
