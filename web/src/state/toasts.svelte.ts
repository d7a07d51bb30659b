// Short notices at the foot of the page, some with a way back.
import { Problem } from '../api/client';
import { session } from './session.svelte';
import { problemText } from '../text/problem';

export type Toast = { id: number; text: string; kind: 'note' | 'error'; action?: { label: string; run: () => void } };

class Toasts {
  list = $state<Toast[]>([]);
  #next = 1;

  show(text: string, options: { kind?: Toast['kind']; action?: Toast['action']; seconds?: number } = {}) {
    const id = this.#next++;
    const toast: Toast = { id, text, kind: options.kind ?? 'note', action: options.action };
    this.list = [...this.list.slice(-3), toast];
    setTimeout(() => this.close(id), (options.seconds ?? (options.action ? 10 : 5)) * 1000);
  }

  error(err: unknown) {
    if (err instanceof DOMException && err.name === 'AbortError') return;
    if (!(err instanceof Problem)) console.error(err);
    this.show(problemText(err), { kind: 'error', seconds: 8 });
  }

  close(id: number) {
    this.list = this.list.filter((t) => t.id !== id);
  }
}

export const toasts = new Toasts();
session.whenForgotten(() => (toasts.list = []));

/** Runs f; when it fails, the person is told. Says whether it went well. */
export async function attempt(f: () => Promise<unknown>): Promise<boolean> {
  try {
    await f();
    return true;
  } catch (err) {
    toasts.error(err);
    return false;
  }
}
