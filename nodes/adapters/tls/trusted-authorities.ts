import { getCACertificates } from 'node:tls';

/** PEM certificates of whom to trust: Node's list, the system's as other programs have it, and one's own. */
export function trustedAuthorities(own?: string): string[] {
  return [
    ...new Set([...getCACertificates('default'), ...getCACertificates('system'), ...(own === undefined ? [] : [own])]),
  ];
}
