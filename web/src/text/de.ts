// German.
import type { Texts } from './en';

export const de: Texts = {
  name: 'Deutsch',
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
    leave: 'Leave share', copyHere: 'Copy here', remove: 'Delete', share: 'Share', revisions: 'Revisions', open: 'Open', list: 'List', grid: 'Grid', selected: (n: number) => (n === 1 ? '1 selected' : `${n} selected`),
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
  sharing: {
    title: (name: string) => `Share “${name}”`, with: 'Share with', withHint: 'User, contact or name@hive', role: 'Role', writer: 'Can edit', reader: 'Can view', owner: 'Owner', expires: 'Ends', inDays: (n: number) => (n === 1 ? 'in 1 day' : n === 365 ? 'in 1 year' : `in ${n} days`),
    add: 'Share', inviteNew: 'Invite somebody from another hive', offered: (who: string) => `Offered to ${who}`, members: 'Who has it', until: (at: string) => `until ${at}`, nobody: 'Nobody yet', invitation: 'Invitation', waitsUntil: (at: string) => `Not used yet, good until ${at}`,
    states: { offered: 'Not accepted yet', accepted: 'Accepted', declined: 'Declined', left: 'Left', revoked: 'Revoked', refused: 'The other hive refused it' }, synced: (at: string) => `In sync, ${at}`, behind: (at: string) => `Not up to date, last ${at}`,
    revoke: 'Take away', revoked: (who: string) => `${who} no longer has it`, revokeHint: 'Taking a share away works at once. What was already fetched cannot be called back.', notDelivered: (who: string) => `Not delivered to ${who}`, nextTry: (at: string) => `next try ${at}`,
    end: 'Stop sharing', endText: 'All members lose the folder. It stays in your files.', leave: 'Leave share', leaveText: 'The folder goes from your files. It stays with its owner.', foldersOnly: 'Folders are shared with people. Put the file in a folder.',
    from: 'From', content: 'Content', full: 'Keep everything here', onDemand: 'Fetch when it is opened', lastSynced: 'Last in sync', missing: 'Still to come', files: (n: number) => (n === 1 ? '1 file' : `${n} files`), received: 'Received', saved: (n: string) => `${n} saved`,
    heldBack: (n: string) => `A change would delete ${n} entries.`, confirmDeletes: 'Delete them', inviteTitle: 'Invite somebody', inviteText: 'A link or code that works once. Whoever has it becomes your contact, on a hive of their own.', note: 'For whom', noteHint: 'A note for yourself', invite: 'Invite',
    inviteMade: (at: string) => `Send this link or code. It works once, until ${at}.`, link: 'Link', code: 'Code', qr: 'Invitation as QR code', onlyNow: 'It is shown only now.', folders: 'Folders', people: 'People', conflicts: 'Conflicts', waiting: 'Waiting', offers: 'Offered to you',
    offeredBy: (who: string, role: string) => `${who} · ${role}`, accept: 'Accept', decline: 'Decline', acceptTitle: (name: string) => `Accept “${name}”`, where: 'Where to put it', accepted: (name: string) => `“${name}” is in your files`, manage: 'Manage', none: 'Nothing is shared yet',
    noneText: 'Open the menu of a folder and choose Share. What others share with you appears here.', withMe: 'Shared with me', byMe: 'Shared by me', receivedLine: (who: string, role: string) => `${who} · ${role}`, holdsDeletes: 'Deletes wait for your yes', comes: (n: number) => (n === 1 ? '1 file is on its way' : `${n} files are on their way`),
    contacts: 'Contacts', enterCode: 'Enter an invitation', enterCodeText: 'Somebody gave you a link or a code. It makes the two of you contacts, and may bring a folder.', codeOrLink: 'Code or link', theirName: 'How you call them', nowContact: (name: string) => `${name} is now a contact`, forget: 'Forget', forgetText: (name: string) => `${name} is no longer a contact. Shares go on.`,
    noContacts: 'No contacts yet', noContactsText: 'Contacts are people on other hives. Invite somebody, or enter the invitation you got.', openInvitations: 'Open invitations', withdraw: 'Withdraw', allDelivered: 'Everything is delivered', allDeliveredText: 'Messages to hives that do not answer wait here.',
    messageTo: (who: string) => `To ${who}`, attempts: (n: number) => (n === 1 ? '1 attempt' : `${n} attempts`), noConflicts: 'No conflicts', noConflictsText: 'When two people change the same file at once, both versions are kept and listed here.', conflictLine: (who: string, date: string) => `Also changed by ${who}, ${date}`, compare: 'Compare',
    conflictTitle: (name: string) => `Two versions of “${name}”`, newest: 'Newest version', versionOf: (who: string) => `Version of ${who}`, keepNewest: 'Keep this one', keepOther: 'Keep this one instead', keepBoth: 'Keep both', otherInTrash: 'The other version is in the trash',
    invitedTitle: 'You are invited to share', invitedText: 'Do you have a hive of your own? Enter its address to accept there. If your account is here, sign in below.', ownHive: 'Your hive', goThere: 'Accept there',
  },
  account: {
    files: 'Files', fileCount: (files: number, folders: number) => `${files.toLocaleString('en')} files, ${folders.toLocaleString('en')} folders`, role: 'Role', admin: 'Admin', appearance: 'Appearance', theme: 'Theme', system: 'As the system', light: 'Light', dark: 'Dark', language: 'Language',
    password: 'Password', oldPassword: 'Present password', newPassword: 'New password', changePassword: 'Change password', passwordHint: 'All other sessions and tokens end.', passwordChanged: 'The password is changed', sessions: 'Sessions and tokens', endOthers: 'End all other sessions',
    kinds: { session: 'Session', token: 'Token' } as Record<string, string>, current: 'this one', lastUsed: (at: string) => `Last used ${at}`, since: (at: string) => `Since ${at}`, end: 'End', devices: 'Devices', lastSeen: (at: string) => `Last seen ${at}`, forgetDevice: 'Forget',
  },
  hives: {
    id: 'Id of this hive', reach: { public: 'Reachable', private: 'Only through relays', unknown: 'Not known yet' }, reachability: 'Reachability', connected: 'Connected', connectedCount: (n: number, table: number) => `${n} now, ${table} known to the network`, relays: 'Relays', version: 'Version', addresses: 'Addresses',
    alone: 'This hive takes no part in the network of hives.', known: 'Other hives', add: 'Add a hive', address: 'Address', addressHint: 'A multiaddr that ends in /p2p/ and the id of the hive', blocked: 'Blocked', offline: 'Not connected', relayed: 'Relayed', direct: 'Direct', since: (at: string) => `since ${at}`,
    found: (how: string) => `found by ${how}`, traffic: 'Bytes in and out', examine: 'Examine the connection', block: 'Block', unblock: 'Let in again', forget: 'Forget', blockText: (name: string) => `${name} can no longer connect, and no message goes there.`, forgetText: (name: string) => `The addresses of ${name} are forgotten.`,
    none: 'No other hives yet', noneText: 'Hives appear here when you invite somebody, or when they are on the same network.', trying: 'Trying its addresses…', ways: { direct: 'Direct', 'hole-punched': 'Direct, through two routers', relayed: 'Relayed', none: 'Not reachable' }, latency: (ms: number) => `${ms} ms`,
  },
  admin: {
    users: 'Users', codes: 'Invitations', storage: 'Storage', addUser: 'Add user', name: 'Name', firstPassword: 'First password', isAdmin: 'Is an admin', admin: 'Admin', disabled: 'Disabled', since: (at: string) => `Since ${at}`, quota: 'Quota', quotaHint: 'Gigabytes; empty is no limit', resetPassword: 'Set password',
    resetHint: 'All sessions and tokens of the user end.', passwordSet: (name: string) => `${name} has a new password`, makeAdmin: 'Make admin', noAdmin: 'No longer admin', enable: 'Enable', disable: 'Disable', removeUser: 'Remove user', removeUserText: (name: string) => `The account of ${name} and all its files are removed for good.`,
    newCode: 'New invitation', registrationIs: { open: 'Everybody may make an account.', closed: 'Nobody may make an account. Invitations work once registration is by invitation.', code: 'Who has an invitation may make an account.' }, left: (left: number, all: number) => `${left} of ${all} uses left`, endCode: 'End',
    noCodes: 'No open invitations', noCodesText: 'An invitation lets somebody make an account on this hive.', codeLink: 'Link to make an account', uses: 'How many accounts', stored: 'Stored', blocks: 'Blocks', free: 'Free on the disk', reserve: 'Kept free',
  },
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

