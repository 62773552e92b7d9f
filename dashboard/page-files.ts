import { existsSync, globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { PageField } from './widgets/shared/page-config.ts';

const widgets = fileURLToPath(new URL('widgets', import.meta.url));
const shared = join(widgets, 'shared');

interface Texts {
  [key: string]: string | Texts;
}

/**
 * What Node-RED reads of a page beside its code: the edit form, texts and help, each made of what all pages have alike
 * (`widgets/shared`) and what the page's folder has of its own. The help's own part is a summary, then
 * `<h3>Details</h3>`, then the details.
 *
 * @param type the page's node type, which is its folder's name
 * @returns contents by path below the page's folder
 */
export async function pageFiles(type: string): Promise<Map<string, string>> {
  const files = new Map([[`${type}.html`, await formOf(type)]]);
  for (const locale of globSync('locales/*', { cwd: shared })) {
    files.set(join(locale, `${type}.json`), await textsOf(type, locale));
    files.set(join(locale, `${type}.html`), await helpOf(type, locale));
  }
  return files;
}

async function formOf(type: string): Promise<string> {
  const fields = await fieldsOf(type);
  const { name } = JSON.parse(await readFile(join(widgets, '../../package.json'), 'utf8')) as { name: string };
  const rows = fields.map((field) => rowOf(type, field)).join('');
  const form = await readFile(join(shared, 'page-form.html'), 'utf8');
  return fill(form, { type, rows, package: name, fields: JSON.stringify(fields) });
}

async function fieldsOf(type: string): Promise<readonly PageField[]> {
  const file = join(widgets, type, 'fields.ts');
  if (!existsSync(file)) return [];
  return ((await import(pathToFileURL(file).href)) as { fields: readonly PageField[] }).fields;
}

function rowOf(type: string, { name, icon, min, max }: PageField): string {
  return `  <div class="form-row">
    <label for="node-input-${name}"><i class="fa fa-${icon}"></i> <span data-i18n="${type}.label.${name}"></span></label>
    <input type="number" id="node-input-${name}" min="${min}" max="${max}" style="width: 90px" /> <span data-i18n="${type}.unit.${name}"></span>
  </div>
`;
}

async function textsOf(type: string, locale: string): Promise<string> {
  const [alike, own] = await Promise.all(
    [join(shared, locale, 'page.json'), join(widgets, type, locale, `${type}.json`)].map(
      async (file) => JSON.parse(await readFile(file, 'utf8')) as Texts,
    ),
  );
  return JSON.stringify({ [type]: merged(alike ?? {}, own ?? {}) }, null, 2);
}

function merged(alike: Texts, own: Texts): Texts {
  const all = { ...alike };
  for (const [key, value] of Object.entries(own)) {
    const before = all[key];
    all[key] = typeof value === 'object' && typeof before === 'object' ? merged(before, value) : value;
  }
  return all;
}

async function helpOf(type: string, locale: string): Promise<string> {
  const own = join(widgets, type, locale, `${type}.html`);
  const [summary, details] = (await readFile(own, 'utf8')).split('<h3>Details</h3>');
  if (!summary || !details) {
    throw new Error(`${basename(dirname(own))}/${basename(own)}: a summary, then <h3>Details</h3>, then the details`);
  }
  const help = await readFile(join(shared, locale, 'page.html'), 'utf8');
  return fill(help, { type, summary: summary.trim(), details: details.trim() });
}

function fill(template: string, values: Record<string, string>): string {
  return template.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? '');
}
