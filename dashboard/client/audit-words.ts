/** Arguments of a command are kept as JSON; people read `durationMs 600000, title Test`. Anything else stays as it is. */
export function detailWords(detail: string): string {
  if (!detail.startsWith('{')) return detail;
  try {
    const fields = Object.entries(JSON.parse(detail) as Record<string, unknown>);
    return fields
      .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
      .join(', ');
  } catch {
    // Cut off where it was too long.
    return detail;
  }
}
