/** Who did what: kept in the database, shown on the system page. */
export interface AuditEntry {
  at: number;
  user: string;
  via: string;
  /** A verb (`record/start`) or `login`, `logout`, `login-failed`. */
  action: string;
  /** Arguments in brief, without secrets. */
  detail: string;
  isOk: boolean;
}

export interface AuditLog {
  append(entry: AuditEntry): void;
  /** Newest first. */
  list(limit: number): AuditEntry[];
}
