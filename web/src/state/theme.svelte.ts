// Light or dark: as the system has it, or as the person wants it.
export type Theme = 'system' | 'light' | 'dark';

const key = 'hive.theme';

class Themes {
  current = $state<Theme>((localStorage.getItem(key) as Theme | null) ?? 'system');

  set(theme: Theme) {
    this.current = theme;
    localStorage.setItem(key, theme);
    applyTheme();
  }
}

export const theme = new Themes();

export function applyTheme() {
  if (theme.current === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.current;
}
