/** Port: small learnt facts that are nice to keep over a restart (start delays, bit rates). Values are JSON. */
export interface KeyValueStore {
  get<T>(key: string): T | undefined;
  set(key: string, value: unknown): void;
}
