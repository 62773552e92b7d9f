/** Changes when any file under `paths` (relative to `root`) is added, removed, or has another size or time. */
export function fingerprint(root: string, paths: readonly string[]): string;
