/**
 * `npm run bench`: measures, prints one table a scenario and keeps them in docs/benchmarks.md with the machine they
 * come from. `npm run bench -- idle` runs one; the page then keeps the other tables.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Bench, Figure } from './bench.ts';

const root = dirname(dirname(import.meta.dirname));
const page = join(root, 'docs', 'benchmarks.md');
const wanted = process.argv.slice(2);

const INTRODUCTION = `# Benchmarks

Written by \`npm run bench\`. Figures are of one machine on one day: compare ratios, not figures of different machines.
`;

function table(bench: Bench, figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    return `| ${figure.what} | ${format(figure.value)} | ${figure.unit} | ${promised(figure)} |`;
  });
  const head = '| what | value | unit | promised |\n|---|---:|---|---|';
  return `## ${bench.title}\n\n${bench.method}\n\nMeasured ${new Date().toISOString().slice(0, 10)} on ${machine()}.\n\n${head}\n${rows.join('\n')}\n`;
}

function promised(figure: Figure): string {
  const { atMost, atLeast } = figure;
  if (atLeast !== undefined) return `at least ${atLeast}${isKept(figure) ? '' : ' (not reached)'}`;
  return atMost === undefined ? '' : `at most ${atMost}${isKept(figure) ? '' : ' (exceeded)'}`;
}

function isKept({ value, atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY }: Figure): boolean {
  return value <= atMost && value >= atLeast;
}

function machine(): string {
  const model = cpus()[0]?.model.trim() || process.arch;
  const memory = Math.round(totalmem() / 1024 ** 3);
  return `${availableParallelism()} cores of ${model}, ${memory} GiB, Linux ${release().split('-')[0]}, Node ${process.versions.node}`;
}

function format(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(2);
}

/** The page's tables by title, so that a run of one bench keeps the others. */
function keptTables(): Map<string, string> {
  let text = '';
  try {
    text = readFileSync(page, 'utf8');
  } catch {
    // The first run makes the page.
  }
  const sections = text.split(/^(?=## )/m).slice(1);
  return new Map(sections.map((section) => [/^## (.*)$/m.exec(section)?.[1] ?? '', `${section.trimEnd()}\n`]));
}

const tables = keptTables();
for (const file of globSync('test/bench/*.bench.ts', { cwd: root }).toSorted()) {
  if (wanted.length > 0 && !wanted.includes(basename(file, '.bench.ts'))) continue;
  const { bench } = (await import(join(root, file))) as { bench: Bench };
  console.error(`measuring: ${bench.title}`);
  const figures = await bench.run();
  const text = table(bench, figures);
  console.log(text);
  tables.set(bench.title, text);
  if (!figures.every(isKept)) process.exitCode = 1;
}
writeFileSync(page, [INTRODUCTION, ...tables.values()].join('\n'));
