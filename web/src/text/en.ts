// English. The other languages have the same shape.
export const en = {
  name: 'English',
  common: {
    cancel: 'Cancel', close: 'Close', save: 'Save', remove: 'Remove', retry: 'Try again', copy: 'Copy', copied: 'Copied', undo: 'Undo', back: 'Back',
    loading: 'Loading', more: 'More', done: 'Done', never: 'Never', unlimited: 'No limit', yes: 'Yes', no: 'No', show: 'Show', refresh: 'Refresh',
    create: 'Create', skip: 'Skip to content', nothing: 'Nothing here', actions: 'Actions', dismiss: 'Dismiss', all: 'All', optional: 'optional',
  },
  nav: { files: 'Files', shared: 'Shared', trash: 'Trash', hives: 'Hives', admin: 'Admin', account: 'Account', search: 'Search files', signOut: 'Sign out', main: 'Main', menu: 'Account menu' },
  signIn: {
    title: 'Sign in', user: 'User', password: 'Password', submit: 'Sign in', register: 'Make an account', code: 'Invitation code', totp: 'Code from your authenticator, or a recovery code',
    registerTitle: 'Make an account', registerSubmit: 'Make account', have: 'I have an account', again: 'Password again', differ: 'The two passwords differ.',
    welcome: (hive: string) => `Welcome to ${hive}`,
  },
  files: {
    title: 'Files', home: 'Home', name: 'Name', size: 'Size', changed: 'Changed', upload: 'Upload files', uploadFolder: 'Upload folder', new: 'New', newFolder: 'New folder',
    folderName: 'Name of the folder', untitled: 'New folder', download: 'Download', downloadZip: 'Download as zip', rename: 'Rename', move: 'Move to…', moveHere: 'Move here', copyTo: 'Copy to…',
    leave: 'Leave share',
    copyHere: 'Copy here', remove: 'Delete', share: 'Share', revisions: 'Revisions', open: 'Open', list: 'List', grid: 'Grid', selected: (n: number) => (n === 1 ? '1 selected' : `${n} selected`),
    selectAll: 'Select all', select: (name: string) => `Select ${name}`, clear: 'Clear selection', actionsFor: (name: string) => `Actions for ${name}`,
    empty: 'This folder is empty', emptyText: 'Drop files or whole folders here, or choose them.', drop: (folder: string) => `Drop to upload to ${folder}`,
    removed: (n: number, name: string) => (n === 1 ? `“${name}” is in the trash` : `${n} entries are in the trash`), moved: (n: number, name: string) => (n === 1 ? `“${name}” moved` : `${n} entries moved`),
    copied: (n: number, name: string) => (n === 1 ? `“${name}” copied` : `${n} entries copied`),
    renamed: (name: string) => `Renamed to “${name}”`, restored: 'Restored', items: (n: number) => (n === 1 ? '1 entry' : `${n.toLocaleString('en')} entries`), sortBy: (column: string) => `Sort by ${column}`,
    readOnly: 'Read only', absent: 'On another hive', sharedFolder: 'Shared folder', usage: (used: string, all: string) => `${used} of ${all} used`, used: (used: string) => `${used} used`, storage: 'Storage',
    chooseFolder: 'Choose a folder', notFound: 'There is no such folder', notFoundText: 'It was moved, renamed or deleted.', view: 'View', goUp: 'Up one folder', path: 'Path', entries: 'Entries of the folder',
  },
  uploads: {
    title: 'Uploads', progress: (done: number, all: number) => `${done} of ${all} uploaded`, failed: (n: number) => (n === 1 ? '1 failed' : `${n} failed`), pause: 'Pause', resume: 'Go on', retry: 'Try again', cancel: 'Cancel',
    clear: 'Clear list', waiting: 'Waiting', paused: 'Paused', complete: 'Complete', collapse: 'Collapse', expand: 'Expand', left: (rest: string) => `${rest} left`,
    interrupted: 'Choose the file again to go on', interruptedTitle: (n: number) => (n === 1 ? 'An upload was interrupted' : `${n} uploads were interrupted`), choose: 'Choose file', pauseAll: 'Pause all', resumeAll: 'Go on with all',
    otherFile: 'That is another file than the one that was being uploaded.', exists: 'A file with this name is there', replace: 'Replace', keepBoth: 'Keep both', leave: 'Skip',
  },
  preview: { title: 'Preview', previous: 'Previous', next: 'Next', none: 'No preview for this kind of file', failed: 'The preview could not be made', tooLarge: 'Too large to show here', part: (n: string) => `The first ${n} are shown.`, page: (n: number, all: number) => `Page ${n} of ${all}` },
  revisions: { title: (name: string) => `Revisions of “${name}”`, current: 'now', restore: 'Restore', restored: (n: number) => `Revision ${n} is the newest again`, number: (n: number) => `Revision ${n}` },
  trash: {
    title: 'Trash', empty: 'The trash is empty', emptyText: 'What you delete waits here, and can be restored.', restore: 'Restore', purge: 'Delete for good', purgeAll: 'Empty trash',
    purgeAllText: 'Everything in the trash is deleted for good. This cannot be undone.', purgeText: (name: string) => `“${name}” is deleted for good. This cannot be undone.`, deleted: 'Deleted', from: 'Was in', restored: (path: string) => `Restored to ${path}`,
  },
  search: { title: 'Search', results: (q: string) => `Results for “${q}”`, none: 'Nothing found', noneText: 'No name contains that.', place: 'In' },
  problems: {
    unknown: 'Something went wrong. Try again.', waitSeconds: (n: number) => `Too many attempts. Try again in ${n} seconds.`,
    codes: {
      offline: 'The hive does not answer. Check your connection.', wrong_password: 'User and password do not belong together.', account_disabled: 'This account is disabled. Ask the admin of the hive.',
      token_invalid: 'You are signed out.', token_expired: 'Your session has ended. Sign in again.', exists: 'Something with this name is there already.', not_found: 'It is no longer there.', quota_exceeded: 'Your storage is full. Delete something or ask for more.',
      disk_reserve: 'The disk of the hive is full.', read_only: 'This share may only be read.', name_too_long: 'The name is too long.', invalid_path: 'This name is not possible.', into_itself: 'A folder cannot go into itself.',
      name_taken: 'This name is taken.', last_admin: 'The last admin stays.', invalid_code: 'The code is wrong, used up or expired.', registration_closed: 'Nobody may register here.', too_many_attempts: 'Too many attempts. Wait a little.',
      precondition_failed: 'Somebody else changed it meanwhile.', absent: 'The content is on another hive, which does not answer now.', hive_unreachable: 'The other hive does not answer.', hive_blocked: 'That hive is blocked.',
      invalid_invitation: 'The invitation was used, has expired, or is not whole.', mounted: 'This cannot be done across the border of a shared folder.', case_collision: 'A neighbour’s name differs only in upper and lower case.',
      internal: 'The hive failed. Its log says more.', stopping: 'The hive is stopping.', not_ready: 'The hive is not ready.', admin_only: 'This is for admins.', cross_origin: 'The request came from another page.', body_truncated: 'The upload was cut off.', not_allowed: 'You may not do this.',
    } as Record<string, string>,
  },
};

export type Texts = typeof en;
