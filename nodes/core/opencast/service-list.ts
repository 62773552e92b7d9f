import { ReelflowError } from '../errors.ts';
import type { OpencastService, ServiceType } from './opencast-core.ts';

interface Registration {
  host?: unknown;
  path?: unknown;
  active?: unknown;
  online?: unknown;
  maintenance?: unknown;
  service_state?: unknown;
}

/**
 * Reads /services/available.json. One service comes as an object, several as an array, none as an empty string
 * (the core's JSON is made from XML); we also take an empty array. The core has sorted them by load; those it found faulty go to
 * the end, those offline, inactive or in maintenance are left out.
 *
 * @throws OPENCAST_ANSWER when it is something else, such as a web page
 */
export function readServices(type: ServiceType, text: string): OpencastService[] {
  const registrations = registrationsOf(text);
  return registrations
    .filter((one) => isTrue(one.active, true) && isTrue(one.online, true) && !isTrue(one.maintenance, false))
    .sort((a, b) => severity(a) - severity(b))
    .flatMap(({ host, path }) => {
      if (typeof host !== 'string' || typeof path !== 'string') return [];
      const endpoint = `${host.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`.replace(/\/+$/, '');
      return /^https?:\/\//i.test(endpoint) && URL.canParse(endpoint) ? [{ type, host, path, endpoint }] : [];
    });
}

function registrationsOf(text: string): Registration[] {
  const wrong = () =>
    new ReelflowError('OPENCAST_ANSWER', 'the core answered the search for its services with something else', {
      isRetryable: true,
    });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw wrong();
  }
  if (!isObject(parsed) || !('services' in parsed)) throw wrong();
  const { services } = parsed;
  if (services === '' || services === null || (Array.isArray(services) && services.length === 0)) return [];
  if (!isObject(services)) throw wrong();
  const { service } = services;
  const list = Array.isArray(service) ? service : service === undefined || service === '' ? [] : [service];
  return list.filter(isObject);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTrue(value: unknown, absent: boolean): boolean {
  return value === undefined ? absent : value === true || value === 'true';
}

function severity({ service_state: state }: Registration): number {
  return state === 'ERROR' ? 2 : state === 'WARNING' ? 1 : 0;
}
