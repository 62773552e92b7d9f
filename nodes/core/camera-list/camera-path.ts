import anyAscii from 'any-ascii';

const longest = 64;

/**
 * What a camera is called where only plain letters can stand: its path on the media server, its topic on the bus, its
 * address in the API. Only depends on the name, so that a web page can work it out from the row: letters of other
 * scripts and accents become ASCII (any-ascii's table: `Вход` is `Vkhod`, `Tür` is `Tur`), what is then no letter, digit or
 * `_` becomes one hyphen, none at the ends, 64 characters at most. A name like `cam1` stays as it is.
 *
 * Empty for a name without any letter or digit; such a name is refused (`cameraNameSchema`).
 */
export function pathOf(name: string): string {
  return trimmed(
    anyAscii(name.normalize('NFC'))
      .replace(/[^A-Za-z0-9_]+/g, '-')
      .replace(/^-+/, '')
      .slice(0, longest),
  );
}

const trimmed = (path: string): string => path.replace(/-+$/, '');
