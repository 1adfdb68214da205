import { useSyncExternalStore } from 'react';
import { applyMode, Mode } from '@cloudscape-design/global-styles';

export type Theme = 'light' | 'dark';

const storageKey = 'warmfront-theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

/** theme is the one chosen in this browser, else the system's. */
function theme(): Theme {
  const kept = localStorage.getItem(storageKey);
  if (kept === 'light' || kept === 'dark') return kept;
  return system.matches ? 'dark' : 'light';
}

function apply(): void {
  applyMode(theme() === 'dark' ? Mode.Dark : Mode.Light);
  document.documentElement.style.colorScheme = theme();
  for (const listener of listeners) listener();
}

/** startTheme shows the page in its theme and follows the system's until one is chosen. */
export function startTheme(): void {
  apply();
  system.addEventListener('change', apply);
}

/** chooseTheme shows the page in a theme and keeps the choice for the next visit. */
export function chooseTheme(chosen: Theme): void {
  localStorage.setItem(storageKey, chosen);
  apply();
}

/** useTheme is the theme that is shown. */
export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, theme);
}
