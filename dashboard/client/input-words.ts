/** The kinds of camera in words; an unknown kind stands for itself. */
const kinds: Readonly<Record<string, string>> = {
  test: 'test pattern',
  rtsp: 'network camera (RTSP)',
  url: 'stream',
  v4l2: 'video device',
  audio: 'sound device',
  file: 'file',
  rpicam: 'Raspberry Pi camera',
  restream: 'restreamed camera',
  command: 'own command',
};

export function kindWords(kind: string): string {
  return kinds[kind] ?? kind;
}
