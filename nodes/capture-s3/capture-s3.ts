import { checkS3Place, type S3Place } from '../core/s3/s3-place.ts';
import { defineNode } from '../kit/define-node.ts';
import type { NodeLife, NodeSite } from '../kit/node-spec.ts';
import { useStation } from '../kit/station.ts';
import { type S3Config, s3Config } from './config.ts';

const bytesPerMegabit = 125_000;

/** Config node: declares an object store while it is deployed. */
export default function register(red: unknown): void {
  defineNode(red, {
    type: 'capture-s3',
    version: 1,
    config: s3Config,
    credentials: { accessKey: 'text', secretKey: 'password' },
    open,
  });
}

function open({ id, config, credentials }: NodeSite<S3Config>): NodeLife {
  const { endpoint, bucket, region, prefix, isPathStyle } = config;
  const { storageClass, encryption, encryptionKeyId, rateMbit, redirectSeconds } = config;
  const { accessKey = '', secretKey = '' } = credentials;
  // A flow that was just imported has no keys yet: that is no fault, and the nodes that need it say so.
  if (endpoint === '' || accessKey === '' || secretKey === '') return {};
  const place: S3Place = {
    ...{ endpoint, bucket, region, accessKey, secretKey, isPathStyle },
    ...(prefix === '' ? {} : { prefix }),
    ...(storageClass === '' ? {} : { storageClass }),
    ...(encryption === '' ? {} : { encryption }),
    ...(encryption === 'aws:kms' && encryptionKeyId !== '' ? { encryptionKeyId } : {}),
    ...(rateMbit > 0 ? { bytesPerSecond: Math.round(rateMbit * bytesPerMegabit) } : {}),
    ...(redirectSeconds > 0 ? { redirectSeconds } : {}),
  };
  checkS3Place(place);
  const dispose = useStation().s3Places.add(id, place);
  return { close: () => dispose() };
}
