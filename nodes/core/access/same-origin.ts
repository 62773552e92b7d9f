import { header, type RequestHead } from './request-head.ts';

const SAFE = ['GET', 'HEAD', 'OPTIONS'];

export function isStateChanging(request: RequestHead): boolean {
  return !SAFE.includes(request.method ?? 'GET');
}

/**
 * Whether a browser's request comes from our own pages. Needed beside SameSite=Strict, because for cookies another port
 * of the same machine is the same site.
 *
 * Browsers send Origin with every state-changing request and every WebSocket, and Sec-Fetch-Site where the page is
 * served by https or localhost (Fetch Metadata). `isProofNeeded`: neither of them present counts as foreign.
 */
export function isSameOrigin(request: RequestHead, isProofNeeded: boolean): boolean {
  const site = header(request, 'sec-fetch-site');
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  const origin = header(request, 'origin');
  if (origin !== undefined) return hostOf(origin) !== undefined && ownHosts(request).includes(hostOf(origin) ?? '');
  return site !== undefined || !isProofNeeded;
}

/** A proxy may have replaced Host; a foreign page cannot set the forwarded one without asking first (CORS), in vain. */
function ownHosts(request: RequestHead): string[] {
  return [header(request, 'host'), header(request, 'x-forwarded-host')]
    .filter((host) => host !== undefined)
    .flatMap((host) => [hostOf(`http://${host}`), hostOf(`https://${host}`)])
    .filter((host) => host !== undefined);
}

/** Host with port; without it where it is the scheme's own. */
function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) && /^https?:/.test(origin) ? new URL(origin).host : undefined;
}
