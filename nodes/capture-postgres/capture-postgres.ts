import { defineNode } from '../kit/define-node.ts';
import type { NodeLife, NodeSite } from '../kit/node-spec.ts';
import { readAs } from '../kit/plain-issue.ts';
import { useStation } from '../kit/station.ts';
import { type PostgresConfig, postgresConfig, postgresUrl } from './config.ts';

/** Config node: declares a database while it is deployed. PG_DSN (or --pg_dsn) counts more than what stands here. */
export default function register(red: unknown): void {
  defineNode(red, {
    type: 'capture-postgres',
    version: 1,
    config: postgresConfig,
    credentials: { url: 'password' },
    open,
  });
}

function open({ id, credentials }: NodeSite<PostgresConfig>): NodeLife {
  const { databases, environment } = useStation();
  const { url } = credentials;
  // A flow that was just imported has no address yet: that is no fault, and the nodes that need it say so.
  if (!url && !environment.cameraDatabase) return {};
  const address = environment.cameraDatabase ?? readAs(postgresUrl, url, 'CONFIG_INVALID', ['url']);
  const dispose = databases.add(id, address);
  return { close: () => dispose() };
}
