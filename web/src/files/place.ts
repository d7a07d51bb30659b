// The folder one was in last, for the way back from other pages, and where one was in each.
import { session } from '../state/session.svelte';

export type Spot = { name?: string; top: number };

export const place = { path: '/', spots: new Map<string, Spot>() };

session.whenForgotten(() => {
  place.path = '/';
  place.spots.clear();
});
