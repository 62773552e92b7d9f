import type { RecordingFilter } from '../../core/recording/recordings.ts';

type Value = string | number;

/** A condition of SQL with the values of its question marks. */
interface Condition {
  sql: string;
  values: Value[];
}

const problem = `state <> 'cancelled' AND (state IN ('failed', 'skipped') OR json_extract(body, '$.isDegraded')
  OR json_array_length(body, '$.warnings') > 0 OR json_extract(body, '$.delivery.lastError') IS NOT NULL)`;

/** What a search looks at, as one text. `folded` is a function of ours: SQLite's own only knows ASCII. */
const searched = `folded(concat_ws(' ', json_extract(body, '$.title'), id, json_extract(body, '$.event.series'),
  json_extract(body, '$.event.location'), json_extract(body, '$.inputs'),
  strftime('%Y-%m-%d %H:%M', planned_start / 1000, 'unixepoch')))`;

/** As both sides of a search are compared: `Übung` and `übung` are one. */
export function folded(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/** The statement that lists what a filter lets through, newest planned start first. */
export function recordingQuery(filter: RecordingFilter): { sql: string; values: Value[] } {
  const conditions = conditionsOf(filter);
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(({ sql }) => `(${sql})`).join(' AND ')}`;
  return {
    sql: `SELECT body FROM recordings ${where} ORDER BY planned_start DESC, created_at DESC, id DESC LIMIT ?`,
    values: [...conditions.flatMap(({ values }) => values), filter.limit ?? -1],
  };
}

function conditionsOf({ states, from, hasProblem, search = '', after }: RecordingFilter): Condition[] {
  const conditions: Condition[] = [];
  if (states) conditions.push({ sql: `state IN (${states.map(() => '?').join(', ')})`, values: states });
  if (from !== undefined) conditions.push({ sql: 'planned_start >= ?', values: [Math.round(from)] });
  if (hasProblem) conditions.push({ sql: problem, values: [] });
  if (after) {
    const values = [Math.round(after.plannedStart), Math.round(after.createdAt), after.id];
    conditions.push({ sql: '(planned_start, created_at, id) < (?, ?, ?)', values });
  }
  // Last: the only one that is slow.
  const words = folded(search)
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length > 0) {
    const sql = `SELECT ${words.map(() => 'instr(hay, ?) > 0').join(' AND ')} FROM (SELECT ${searched} AS hay)`;
    conditions.push({ sql, values: words });
  }
  return conditions;
}
