/** Codes of OpenSSL and Node for certificates that are not trusted. */
const certificate = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ALTNAME|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)/;

/** Whether a connection failed because the other side's certificate is not one that we trust. */
export function isCertificateError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && certificate.test(String(error.code));
}
