import { type Dialect, PostgresDialect, type PostgresPoolClient } from 'kysely';
import { DatabaseError, Pool } from 'pg';
import { connectionTo, sharedDatabaseError } from '../../postgres/shared-database.ts';

const schema = 'reelflow_archive';
/** Of one process; questions wait for their turn. With the others of a process they are nine: ten processes fit into 100. */
const connections = 4;

/** One at a time: PostgreSQL fails where two make the same schema at once, even if it is not there. */
const schemaSql = `SELECT pg_advisory_xact_lock(hashtext('${schema}')); CREATE SCHEMA IF NOT EXISTS ${schema}`;

/** The archive's tables in a schema of their own, made when it is missing. Rejects with DATABASE_UNAVAILABLE. */
export async function postgresDialect(url: string): Promise<Dialect> {
  const options = `-c search_path=${schema}`;
  const pool = new Pool({ ...connectionTo(url, 'archive'), max: connections, options });
  const ignore = (): void => {};
  // A connection that dies while nobody uses it; the next question opens another.
  pool.on('error', ignore);
  const told = (error: unknown): never => {
    throw sharedDatabaseError(error, url);
  };
  try {
    await pool.query(schemaSql);
  } catch (error) {
    await pool.end();
    return told(error);
  }
  return new PostgresDialect({
    pool: {
      connect: async () => {
        const client = await pool.connect().catch(told);
        // The question that is under way rejects; without a listener the process would end as well.
        client.on('error', ignore);
        let failure: Error | undefined;
        const query = async (sql: string, values?: readonly unknown[]) => {
          // Behind a question that got no answer the next one would wait as long, the end of a transaction too.
          if (failure) throw failure;
          try {
            return await client.query(sql, [...(values ?? [])]);
          } catch (error) {
            const reason = sharedDatabaseError(error, url);
            if (!(error instanceof DatabaseError)) failure = reason;
            throw reason;
          }
        };
        const release = () => {
          client.off('error', ignore);
          client.release(failure);
        };
        return { query: query as unknown as PostgresPoolClient['query'], release };
      },
      options: pool.options,
      end: () => pool.end(),
    },
  });
}
