import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { parseDocument } from 'yaml';
import { repository, sourceFiles } from './fixtures/sources.ts';

const pages = sourceFiles('*.md', 'docs/**/*.md', 'flows/**/*.md');

/** As forges make them of headings. */
function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test('every link between our pages leads somewhere', () => {
  const dead: string[] = [];
  for (const page of pages) {
    for (const [, address = ''] of page.text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(address)) continue;
      const [path = '', anchor] = address.split('#');
      const target = path === '' ? page.path : join(dirname(page.path), path);
      const heading = pages.find((other) => other.path === target);
      const isThere = existsSync(join(repository, target));
      const hasAnchor = anchor === undefined || !heading || anchors(heading.text).includes(anchor);
      if (!isThere || !hasAnchor) dead.push(`${page.path}: ${address}`);
    }
  }
  assert.deepEqual(dead, []);
});

test('what describes the interfaces is readable', () => {
  // A fault in it fails every test of the interface, and none of them says where.
  for (const name of ['openapi.yaml', 'asyncapi.yaml']) {
    const { errors } = parseDocument(readFileSync(join(repository, 'docs', name), 'utf8'));
    assert.deepEqual(
      errors.map(({ message }) => message),
      [],
    );
  }
});

test('every page is reached from the README', () => {
  const seen = new Set(['README.md']);
  for (const path of seen) {
    const text = pages.find((page) => page.path === path)?.text ?? '';
    for (const [, address = ''] of text.matchAll(/\]\(([^)#\s]+)/g)) {
      if (!/^[a-z]+:/.test(address)) seen.add(join(dirname(path), address));
    }
  }
  const unseen = pages.map((page) => page.path).filter((path) => !seen.has(path));
  assert.deepEqual(unseen, []);
});
