// The folder one was in last, for the way back from other pages.
export const place = { path: '/' };
