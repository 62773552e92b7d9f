import { z } from 'zod';

/** A setting of one page's own: a whole number. Its texts are in the page's locale file, under `label` and `unit`. */
export interface PageField {
  name: string;
  /** Of Font Awesome 4, as in the editor: `calendar`. */
  icon: string;
  min: number;
  max: number;
  default: number;
}

/** What every page's stored configuration has; Dashboard 2's own names. Sizes are in its grid, 0: as large as needed. */
const placed = z.object({
  name: z.string().default(''),
  /** Id of the ui-group it stands in. */
  group: z.string().default(''),
  order: z.coerce.number().default(0),
  width: z.coerce.number().min(0).default(0),
  height: z.coerce.number().min(0).default(0),
  className: z.string().default(''),
});

export type PageConfig = z.infer<typeof placed> & Record<string, number | string>;

/** The stored configuration of a page with these fields of its own. */
export function pageConfig(fields: readonly PageField[]): z.ZodType<PageConfig> {
  const own: Record<string, z.ZodType<number>> = {};
  for (const { name, min, max, default: usual } of fields) {
    own[name] = z.coerce.number().int().min(min).max(max).default(usual);
  }
  return placed.and(z.object(own));
}
