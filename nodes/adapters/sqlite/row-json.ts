/** The JSON in a text column; undefined without a row or for NULL. */
export function rowJson<T>(row: Record<string, unknown> | undefined, column: string): T | undefined {
  const text = row?.[column];
  return typeof text === 'string' ? (JSON.parse(text) as T) : undefined;
}
