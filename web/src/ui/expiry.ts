// Days from now that one can choose from, as times for the API.
export const inDays = (days: number) => (days ? new Date(Date.now() + days * 86_400_000).toISOString() : undefined);
