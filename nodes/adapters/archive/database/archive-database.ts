import { type Dialect, Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { ReelflowError, toReelflowError } from '../../../core/errors.ts';
import { archiveMigrations } from './migrations.ts';
import type { ArchiveSchema } from './schema.ts';

export type ArchiveDatabase = Kysely<ArchiveSchema>;

/** Opens the archive's tables and raises them to the newest schema. Rejects with DATABASE_UNAVAILABLE. */
export async function openArchiveDatabase(dialect: Dialect): Promise<ArchiveDatabase> {
  const database = new Kysely<ArchiveSchema>({ dialect });
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: async () => ({ ...archiveMigrations }) },
    migrationTableName: 'archive_migrations',
    migrationLockTableName: 'archive_migrations_lock',
  });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return database;
  await database.destroy();
  throw new ReelflowError('DATABASE_UNAVAILABLE', `the archive's database: ${toReelflowError(error).message}`, {
    cause: error,
    isRetryable: true,
  });
}
