/** Which of the Dashboard's own themes this browser shows: the page's, or the first light or dark one there is. */
export type Appearance = 'page' | 'light' | 'dark';

interface Theme {
  colors: { bgPage: string };
}

/** The part of the Dashboard's Vuex store that is read and changed here. */
export interface ThemedPages {
  pages: Record<string, { theme: string }>;
  themes: Record<string, Theme>;
}

const storageKey = 'reelflow.appearance';

export function readAppearance(storage: Pick<Storage, 'getItem'>): Appearance {
  const kept = storage.getItem(storageKey);
  return kept === 'light' || kept === 'dark' ? kept : 'page';
}

export function keepAppearance(storage: Pick<Storage, 'setItem'>, appearance: Appearance): void {
  storage.setItem(storageKey, appearance);
}

export function isDarkColour(hex: string): boolean {
  const value = Number.parseInt(hex.replace('#', '').slice(0, 6), 16);
  const brightness = ((value >> 16) & 255) * 0.299 + ((value >> 8) & 255) * 0.587 + (value & 255) * 0.114;
  return brightness < 128;
}

/** Which appearances the Dashboard's themes allow, beside the page's own. */
export function appearancesOf(themes: ThemedPages['themes']): Appearance[] {
  const all = Object.values(themes);
  const hasDark = all.some((theme) => isDarkColour(theme.colors.bgPage));
  const hasLight = all.some((theme) => !isDarkColour(theme.colors.bgPage));
  return hasDark && hasLight ? ['page', 'light', 'dark'] : ['page'];
}

/** The theme for a page, or undefined to leave it as it is. */
export function themeFor(appearance: Appearance, themes: ThemedPages['themes'], pageTheme: string): string | undefined {
  if (appearance === 'page') return undefined;
  const isWanted = (id: string) => {
    const theme = themes[id];
    return theme !== undefined && isDarkColour(theme.colors.bgPage) === (appearance === 'dark');
  };
  return isWanted(pageTheme) ? pageTheme : Object.keys(themes).find(isWanted);
}
