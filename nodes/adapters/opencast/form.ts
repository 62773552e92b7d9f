import type { CoreRequest } from './core-connection.ts';

/** A small form, application/x-www-form-urlencoded; what is undefined is left out. */
export function form(fields: Record<string, string | undefined>): Required<Pick<CoreRequest, 'headers' | 'body'>> {
  const given = Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined);
  return {
    headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8' },
    body: Buffer.from(new URLSearchParams(given).toString()),
  };
}
