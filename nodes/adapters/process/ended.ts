/** How a process ended. Both are null when nobody was there to see it (a process that was adopted). */
export interface ProcessEnd {
  exitCode: number | null;
  signal: string | null;
}
