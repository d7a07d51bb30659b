// Names that a person types for entries.
import type { Attachment } from 'svelte/attachments';
import { isName } from '../api/path';
import { say } from '../text/index.svelte';

/** Has the browser say of a field what is no name. Nothing at all is for required to refuse. */
export const takesName: Attachment<HTMLInputElement> = (field) => {
  const look = () => {
    const name = field.value.trim();
    field.setCustomValidity(!name || isName(name) ? '' : say().problems.codes.invalid_path!);
  };
  field.addEventListener('input', look);
  return () => field.removeEventListener('input', look);
};
