import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { after, before, type TestContext, test } from 'node:test';
import { openArchiveDatabase } from '../../../nodes/adapters/archive/database/archive-database.ts';
import { postgresDialect } from '../../../nodes/adapters/archive/database/postgres-dialect.ts';
import { SqlChunkIndex } from '../../../nodes/adapters/archive/database/sql-chunk-index.ts';
import { emptyChunk } from '../../../nodes/core/archive/timeline.ts';
import { type Postgres, startPostgres } from '../../fixtures/postgres.ts';

let postgres: Postgres;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

/** Between the two: what a firewall does that forgets the connections it knew, at words that come by, and lets new ones through. */
async function forgetful(t: TestContext, port: number, words: string) {
  const known = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [one, other] of [[near, far] as const, [far, near] as const]) {
      known.add(one);
      one.on('data', (bytes) => {
        if (bytes.includes(words)) known.clear();
        if (known.has(one)) other.write(bytes);
      });
      one.on('error', () => {});
      one.on('close', () => known.has(one) && other.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const one of known) one.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

test('a connection that answers no more is given up, in a transaction too: the next question is answered', async (t) => {
  const url = new URL(await postgres.createDatabase('archive'));
  // After the transaction has begun, so that it would have to be ended.
  url.port = String(await forgetful(t, postgres.port, 'update "chunks"'));
  const database = await openArchiveDatabase(await postgresDialect(url.href));
  t.after(() => database.destroy());
  const index = new SqlChunkIndex(database);
  const chunk = emptyChunk('news', { startMs: 0, endMs: 1000 }, 0);
  await index.replace(undefined, chunk);
  const askedAt = performance.now();
  await assert.rejects(index.replace(chunk, { ...chunk, attempts: 1 }, []), {
    code: 'DATABASE_UNAVAILABLE',
    isRetryable: true,
  });
  const triedMs = performance.now() - askedAt;
  assert.ok(triedMs < 20_000, `it was waited for once, and not again to end the transaction: ${triedMs} ms`);
  const againAt = performance.now();
  assert.deepEqual(await index.get('news', 0), chunk);
  assert.ok(performance.now() - againAt < 5000, `${performance.now() - againAt} ms`);
});
