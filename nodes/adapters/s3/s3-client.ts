import { S3Client } from '@aws-sdk/client-s3';
import type { S3Place } from '../../core/s3/s3-place.ts';

const connectTimeoutMs = 10_000;
/** From the request to the head of the answer: a part has to go up in that time. */
const answerTimeoutMs = 180_000;
const mostSockets = 32;

/**
 * A client of the AWS SDK with settings that every store takes. The checksums that the SDK adds by itself since 2025
 * are refused by Swift, and stored as if they were content by others; what we send carries Content-MD5 instead.
 */
export function s3Client({ endpoint, region, accessKey, secretKey, isPathStyle = true }: S3Place): S3Client {
  return new S3Client({
    endpoint,
    region,
    forcePathStyle: isPathStyle,
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: connectTimeoutMs,
      requestTimeout: answerTimeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: mostSockets },
      httpsAgent: { keepAlive: true, maxSockets: mostSockets },
    },
  });
}
