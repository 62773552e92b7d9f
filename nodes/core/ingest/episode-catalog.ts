import type { Recording } from '../recording/recording.ts';
import { xmlText } from './xml-text.ts';

export interface Episode {
  /** Of the media package. */
  identifier: string;
  /** Name of the capture agent, which Opencast keeps in `spatial`. */
  agent: string;
  /** Epoch ms. */
  start: number;
  end: number;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * What Opencast must be told of a recording that it has not scheduled, or that it shall: its Dublin Core episode catalog.
 * Terms and the form of `temporal`: Opencast's `EncodingSchemeUtils` (DCMI Period, W3C-DTF).
 *
 */
export function episodeCatalog(recording: Recording, episode: Episode): string {
  const { event } = recording;
  const { identifier, agent } = episode;
  const start = iso(episode.start);
  const end = iso(episode.end);
  const creator = event.properties['event.creator'] ?? event.properties['creator'];
  // isPartOf is the id of a series; a calendar of another system has a name there, which the core would not find.
  const isSeriesId = event.series !== undefined && uuid.test(event.series);
  const series = isSeriesId ? event.series : event.properties['event.series'];
  const terms: [name: string, value: string | undefined, attributes?: string][] = [
    ['identifier', identifier],
    ['title', recording.title],
    ['creator', creator],
    ['description', event.description],
    ['isPartOf', series],
    ['spatial', agent],
    ['created', start, ' xsi:type="dcterms:W3CDTF"'],
    ['temporal', `start=${start}; end=${end}; scheme=W3C-DTF;`, ' xsi:type="dcterms:Period"'],
  ];
  const lines = terms
    .filter(([, value]) => value !== undefined && value !== '')
    .map(
      ([name, value = '', attributes = '']) => `  <dcterms:${name}${attributes}>${xmlText(value)}</dcterms:${name}>`,
    );
  return [
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?>',
    '<dublincore xmlns="http://www.opencastproject.org/xsd/1.0/dublincore/"' +
      ' xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">',
    ...lines,
    '</dublincore>',
    '',
  ].join('\n');
}

/** W3C-DTF; whole seconds, which is what Opencast itself writes. */
function iso(epochMs: number): string {
  return new Date(Math.round(epochMs / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}
