import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What Node-RED's library takes: a folder's entries, or the text of a file. */
export type LibraryEntry = (string | { fn: string })[] | string;

interface Scenario {
  folder: string;
  /** First heading of its README, or the folder's name. */
  title: string;
  description: string;
}

/** A flow that lacks nothing but may have more. */
type FlowItem = { type?: string; info?: string } & Record<string, unknown>;

/**
 * The scenarios of flows/scenarios as entries of the Import dialog. Each is listed by its title; the description of its
 * README becomes the description of its first tab, where the editor's information sidebar shows it.
 */
export class ScenarioLibrary {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** `path` is `/` or one of the names that `/` lists; throws for any other. */
  async getEntry(type: string, path: string): Promise<LibraryEntry> {
    const scenarios = type === 'flows' ? await this.#scenarios() : [];
    const wanted = path.replace(/^\/+|\/+$/g, '');
    if (wanted === '') return scenarios.map(({ title }) => ({ fn: title }));
    // Only what was listed can be read: the path never becomes part of a file name.
    const scenario = scenarios.find(({ title }) => title === wanted);
    if (!scenario)
      throw Object.assign(new Error(`there is no scenario ${JSON.stringify(wanted)}`), { code: 'not_found' });
    const flow = JSON.parse(await readFile(join(this.#folder, scenario.folder, 'flow.json'), 'utf8')) as FlowItem[];
    const tab = flow.find((item) => item.type === 'tab');
    if (tab && !tab.info) tab.info = scenario.description;
    return JSON.stringify(flow);
  }

  async #scenarios(): Promise<Scenario[]> {
    const entries = await readdir(this.#folder, { withFileTypes: true }).catch(() => []);
    const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    const scenarios = await Promise.all(folders.map((name) => this.#scenario(name)));
    return scenarios.filter((scenario) => scenario !== undefined).sort((a, b) => order(a) - order(b) || compare(a, b));
  }

  async #scenario(folder: string): Promise<Scenario | undefined> {
    const files = await readdir(join(this.#folder, folder)).catch((): string[] => []);
    if (!files.includes('flow.json')) return undefined;
    const readme = files.includes('README.md') ? await readFile(join(this.#folder, folder, 'README.md'), 'utf8') : '';
    const title = /^# +(.+)$/m.exec(readme)?.[1]?.trim() ?? folder;
    // A slash would make a folder of it in the dialog.
    return { folder, title: title.replace(/\s*\/\s*/g, ' or '), description: readme.replace(/^# +.+$/m, '').trim() };
  }
}

/** The one for newcomers first. */
const order = (scenario: Scenario): number => (scenario.folder === 'quick-start' ? 0 : 1);
const compare = (a: Scenario, b: Scenario): number => a.title.localeCompare(b.title, 'en');
