import type { WebhookEventType } from '../../nodes/core/webhooks/webhook-event.ts';
import type { FaultJson } from './archive-types.ts';

/** What `/api/v1/webhooks` answers, as docs/openapi.yaml has it. Times ISO 8601. */
export interface WebhookJson {
  id: string;
  url: string;
  secret: string;
  events: WebhookEventType[];
  channels: string[];
  isEnabled: boolean;
  waiting: number;
  failed: number;
  pausedUntil?: string;
  goneAt?: string;
  last?: WebhookAttemptJson;
}

export interface WebhookAttemptJson {
  at: string;
  durationMs: number;
  status?: number;
  error?: FaultJson;
}

export interface WebhookDeliveryJson {
  id: string;
  type: string;
  channel?: string;
  state: 'waiting' | 'delivered' | 'failed';
  attempts: number;
  createdAt: string;
  nextAttemptAt?: string;
  last?: WebhookAttemptJson;
  body: object;
}
