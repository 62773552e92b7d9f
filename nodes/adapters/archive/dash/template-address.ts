/** What stands between dollar signs in the addresses of a SegmentTemplate. */
export interface TemplateValues {
  RepresentationID: string;
  Bandwidth: number;
  Number?: number;
  Time?: bigint;
}

/** Fills in a SegmentTemplate's address (ISO/IEC 23009-1, 5.3.9.4.4): `$Number$`, `$Time%09d$`, `$$` for a dollar. */
export function templateAddress(template: string, values: TemplateValues): string {
  return template.replace(/\$(?:([A-Za-z]+)(?:%0(\d+)d)?)?\$/g, (whole, name?: string, width = '1') => {
    if (name === undefined) return '$';
    const value = values[name as keyof TemplateValues];
    return value === undefined ? whole : String(value).padStart(Number(width), '0');
  });
}
