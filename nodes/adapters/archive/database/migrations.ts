import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ArchiveSchema } from './schema.ts';

const first: Migration = {
  async up(db: Kysely<ArchiveSchema>) {
    await db.schema
      .createTable('channels')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('body', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('stores')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('body', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('chunks')
      .addColumn('channel', 'text', (column) => column.notNull())
      .addColumn('start_ms', 'bigint', (column) => column.notNull())
      .addColumn('end_ms', 'bigint', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('is_partial', 'integer', (column) => column.notNull())
      .addColumn('size_bytes', 'bigint', (column) => column.notNull())
      .addColumn('body', 'text', (column) => column.notNull())
      .addColumn('owner', 'text')
      .addColumn('lease_until', 'bigint')
      .addPrimaryKeyConstraint('chunks_key', ['channel', 'start_ms'])
      .execute();
    await db.schema
      .createTable('chunk_segments')
      .addColumn('channel', 'text', (column) => column.notNull())
      .addColumn('start_ms', 'bigint', (column) => column.notNull())
      .addColumn('track', 'text', (column) => column.notNull())
      .addColumn('body', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('chunk_segments_key', ['channel', 'start_ms', 'track'])
      .execute();
    await db.schema
      .createTable('locks')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('channel', 'text', (column) => column.notNull())
      .addColumn('body', 'text', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('locks_by_channel').on('locks').column('channel').execute();
    await db.schema
      .createTable('capture_reports')
      .addColumn('job_id', 'text', (column) => column.primaryKey())
      .addColumn('started_at', 'bigint', (column) => column.notNull())
      .addColumn('body', 'text', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('capture_reports_by_age').on('capture_reports').column('started_at').execute();
  },
};

const webhooks: Migration = {
  async up(db: Kysely<ArchiveSchema>) {
    await db.schema
      .createTable('webhooks')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('body', 'text', (column) => column.notNull())
      .addColumn('health', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('webhook_deliveries')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('webhook_id', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('next_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addColumn('body', 'text', (column) => column.notNull())
      .execute();
    for (const column of ['next_at', 'created_at'] as const) {
      await db.schema
        .createIndex(`webhook_deliveries_by_${column}`)
        .on('webhook_deliveries')
        .columns(['webhook_id', 'state', column])
        .execute();
    }
    await db.schema
      .createTable('webhook_troubles')
      .addColumn('channel', 'text', (column) => column.primaryKey())
      .addColumn('code', 'text', (column) => column.notNull())
      .execute();
  },
};

/** Who lost a chunk while it stood still must not write over what others made of it. */
const leases: Migration = {
  async up(db: Kysely<ArchiveSchema>) {
    for (const name of ['lease_term', 'takeovers']) {
      const zero = db.schema.alterTable('chunks').addColumn(name, 'integer', (column) => column.notNull().defaultTo(0));
      await zero.execute();
    }
  },
};

/** All steps; never changed after a release: databases in the field have run them. */
export const archiveMigrations: Readonly<Record<string, Migration>> = {
  '0030-archive': first,
  '0040-webhooks': webhooks,
  '0041-leases': leases,
};
