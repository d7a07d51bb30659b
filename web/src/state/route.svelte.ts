// Where in the page one is: the path of the URL, moved by the history of the browser.
import { tick } from 'svelte';

class Route {
  path = $state(location.pathname);
  query = $state(new URLSearchParams(location.search));
  hash = $state(location.hash);
  byHistory = false; // one came by going back or forth

  /** The parts of the path, decoded. */
  get parts(): string[] {
    return this.path.split('/').slice(1).map(decode);
  }

  read(byHistory = false) {
    this.byHistory = byHistory;
    this.path = location.pathname;
    this.query = new URLSearchParams(location.search);
    this.hash = location.hash;
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const route = new Route();

export const liesOver = () => Boolean((history.state as { over?: boolean } | null)?.over);

/** over: what comes lies over what was there, and goes away by going back. */
export function go(url: string, options: { replace?: boolean; over?: boolean } = {}) {
  const state = options.over ? { over: true } : null;
  if (options.replace) history.replaceState(state, '', url);
  else history.pushState(state, '', url);
  route.read();
}

/** Gives what is shown now the focus that went with what was shown before: else the keys, and a reader of the screen, begin at the top. */
async function keepFocus() {
  await tick();
  if (document.activeElement === document.body) document.getElementById('content')?.focus();
}

/** Follows links of the page itself without loading it anew. */
export function followLinks() {
  addEventListener('popstate', () => {
    route.read(true);
    void keepFocus();
  });
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element).closest?.('a');
    if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
    if (link.pathname.startsWith('/api/')) return;
    event.preventDefault();
    go(link.pathname + link.search + link.hash, { over: link.hasAttribute('data-over') });
    void keepFocus();
  });
}
