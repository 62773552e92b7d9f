import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';

/** PEM certificates of whom to trust: Node's list, the system's as other programs have it, and one's own. */
export function trustedAuthorities(own?: string): string[] {
  return [
    ...new Set([...getCACertificates('default'), ...getCACertificates('system'), ...(own === undefined ? [] : [own])]),
  ];
}

let context: SecureContext | undefined;

/** For connections without an authority of their own. Made once: reading some hundred certificates takes a while. */
export function trustedContext(): SecureContext {
  context ??= createSecureContext({ ca: trustedAuthorities() });
  return context;
}
