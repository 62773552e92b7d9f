import type { FoundDevice } from '../../core/camera-list/camera-finder.ts';

/** What ONVIF devices and those of the other profiles call themselves (ONVIF Core Specification, 7.3.2). */
export const deviceTypes = ['dn:NetworkVideoTransmitter', 'tds:Device'] as const;

/** A question to everybody in the network (WS-Discovery 1.0, April 2005, which is ONVIF's). */
export function probeMessage(messageId: string, type: (typeof deviceTypes)[number]): string {
  return (
    '<?xml version="1.0" encoding="UTF-8"?>' +
    '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"' +
    ' xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing"' +
    ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"' +
    ' xmlns:dn="http://www.onvif.org/ver10/network/wsdl"' +
    ' xmlns:tds="http://www.onvif.org/ver10/device/wsdl">' +
    `<e:Header><w:MessageID>${messageId}</w:MessageID>` +
    '<w:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>' +
    '<w:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action></e:Header>' +
    `<e:Body><d:Probe><d:Types>${type}</d:Types></d:Probe></e:Body></e:Envelope>`
  );
}

/**
 * The devices of an answer. Anybody in the network can send one: only the text of three elements is read from it, and of an
 * address only scheme, port and path. The host is the sender's, so that nobody can have a login sent elsewhere.
 */
export function readProbeMatches(xml: string, sender: string, messageIds: readonly string[]): FoundDevice[] {
  if (!messageIds.some((id) => xml.includes(id))) return [];
  return [...xml.matchAll(/<(?:[\w-]+:)?ProbeMatch[\s>]/g)].flatMap(({ index }, at, all) => {
    const match = xml.slice(index, all[at + 1]?.index);
    const address = deviceAddress(textOf(match, 'XAddrs'), sender);
    if (address === undefined) return [];
    const scopes = textOf(match, 'Scopes').split(/\s+/);
    const hardware = scopeOf(scopes, 'hardware');
    return [
      {
        id: (textOf(match, 'Address') || address).slice(0, 256),
        name: scopeOf(scopes, 'name') ?? hardware ?? sender,
        ...(hardware === undefined ? {} : { hardware }),
        address,
      },
    ];
  });
}

function textOf(xml: string, element: string): string {
  const begin = new RegExp(`<(?:[\\w-]+:)?${element}(?:\\s[^<>]*)?>`).exec(xml);
  if (!begin) return '';
  const from = begin.index + begin[0].length;
  return xml.slice(from, xml.indexOf('<', from)).trim();
}

function deviceAddress(addresses: string, sender: string): string | undefined {
  const urls = addresses.split(/\s+/).flatMap((text) => {
    const url = URL.parse(text.replaceAll('&amp;', '&'));
    return url && /^https?:$/.test(url.protocol) ? [url] : [];
  });
  const url =
    urls.find(({ hostname }) => hostname === sender) ?? urls.find(({ protocol }) => protocol === 'http:') ?? urls[0];
  if (!url) return undefined;
  url.hostname = sender;
  url.username = '';
  url.password = '';
  return url.href;
}

/** `onvif://www.onvif.org/name/Gate%20camera` */
function scopeOf(scopes: readonly string[], kind: string): string | undefined {
  const prefix = `onvif://www.onvif.org/${kind}/`;
  const text = scopes.find((scope) => scope.toLowerCase().startsWith(prefix))?.slice(prefix.length);
  if (text === undefined || text === '') return undefined;
  try {
    return decodeURIComponent(text).slice(0, 128);
  } catch {
    return text.slice(0, 128);
  }
}
