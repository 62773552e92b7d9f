/** One line of a table: what was measured, and the bound or the peer it is held against. */
export interface Figure {
  what: string;
  value: number;
  unit: 'MiB' | 'ms' | '% of a core' | '% of all cores' | 'ratio' | 'per second' | 'MB/s';
  /** What it may be at most, when the product promises that. */
  atMost?: number;
  /** What it may be at least. */
  atLeast?: number;
}

/** One table of docs/benchmarks.md. A new scenario adds a file `test/bench/<name>.bench.ts` that exports `bench`. */
export interface Bench {
  title: string;
  /** How it was measured, so that the figures can be judged and repeated. */
  method: string;
  run(): Promise<Figure[]>;
}
