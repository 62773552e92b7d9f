import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { asyncApiDocument } from '../../fixtures/asyncapi.ts';
import { makeBusStation, RecordedBus, registerVerbs } from '../../fixtures/bus-station.ts';

const root = join(import.meta.dirname, '../../..');
const written = parse(readFileSync(join(root, 'docs/asyncapi.yaml'), 'utf8')) as Record<string, unknown>;

test('docs/asyncapi.yaml says what the product checks (node test/fixtures/tools/write-asyncapi.ts writes it anew)', async () => {
  const parts = await makeBusStation(new RecordedBus());
  registerVerbs(parts);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const expected: unknown = JSON.parse(JSON.stringify(asyncApiDocument(parts.commands.verbs(), version)));
  assert.deepEqual(written, expected);
});

test('every reference in it leads somewhere, and it has what AsyncAPI 3.0 asks for', () => {
  assert.equal(written['asyncapi'], '3.0.0');
  const refs = [...JSON.stringify(written).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path ?? '');
  assert.ok(refs.length > 50);
  for (const path of refs) {
    const target = path
      .split('/')
      .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], written);
    assert.ok(target, `#/${path}`);
  }
  const channels = written['channels'] as Record<string, { address: string; parameters: object }>;
  for (const { address, parameters } of Object.values(channels)) {
    const named = [...address.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
    assert.deepEqual(Object.keys(parameters).sort(), named.sort(), address);
  }
});
