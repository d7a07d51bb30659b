// What all dialogs have in common.
import type { Attachment } from 'svelte/attachments';
import { untrack } from 'svelte';
import { dialogs } from '../state/dialogs.svelte';

/** Opens a dialog, whose first child takes the focus when what had it goes away. Gives it back at the end. */
export const modal = (id: string): Attachment<HTMLDialogElement> => (dialog) =>
  untrack(() => {
    const before = document.activeElement;
    const frame = dialog.firstElementChild as HTMLElement;
    const watch = new MutationObserver(() => {
      if (document.activeElement === document.body) frame.focus({ preventScroll: true });
    });
    const close = dialogs.add(id);
    dialog.showModal(); // gives the focus to the first button
    frame.tabIndex = -1; // not before, or it would be the first
    watch.observe(dialog, { childList: true, subtree: true });
    return () => {
      watch.disconnect();
      close();
      dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  });
