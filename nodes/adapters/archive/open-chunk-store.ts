import type { StoreSettings } from '../../core/archive/channel.ts';
import type { ChunkStore } from '../../core/archive/chunk-store.ts';
import { ReelflowError } from '../../core/errors.ts';
import { FolderChunkStore } from './folder-chunk-store.ts';

/** The store behind a channel's `storeId`; without settings the folder. Throws STORE_REFUSED. */
export function openChunkStore(settings: StoreSettings | undefined, folder: string): ChunkStore {
  if (!settings) return new FolderChunkStore(folder);
  throw new ReelflowError(
    'STORE_REFUSED',
    'object stores (S3) are not available in this version; leave s3_endpoint empty',
    {
      isRetryable: true,
    },
  );
}
