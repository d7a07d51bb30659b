import type { Page } from '@playwright/test';
import { expect, rowOf, signIn, test } from './fixtures';

// How the states of shares are told. What the hive says of them is made up here: most come about between hives in trouble only.
const hive = '12D3KooW' + 'x'.repeat(44);
const dial = `p2p: ${hive}: failed to dial: all dials failed * [/ip4/127.0.0.1/tcp/21012] dial tcp4 127.0.0.1:21012: connect: connection refused`;
const status = { seq: 3, applied: 3, entries: 9, complete: true, received: 0, sent: 0, saved: 0, synced: new Date().toISOString() };
const base = { kind: 'folder', owner: 'bob@' + hive, contact: 'bob', role: 'writer', own: false, state: 'active', created: status.synced, reshare: false, mode: 'full', members: [] };
const member = { id: 1, user: 'carl@' + hive, contact: 'carl', role: 'reader', state: 'accepted', synced: status.synced };

const shares = [
  { ...base, id: 'a', name: 'Films', path: '/Films', mode: 'on-demand', status: { ...status, missing: 60, bytes: 900 } },
  { ...base, id: 'b', name: 'Choir', path: '/Choir', status: { ...status, proposed: true } },
  { ...base, id: 'c', name: 'Band', path: '/Band', status: { ...status, problem: 'sharing: content not to be had now: ' + dial, problem_code: 'unavailable', next: status.synced } },
  { ...base, id: 'd', name: 'Club', path: '/Club', status: { ...status, problem: dial } },
  { ...base, id: 'e', name: 'Garden', path: '/Garden', own: true, role: 'owner', mode: undefined, members: [{ ...member, has: 2 }], status },
];
const pending = [
  { id: 1, hive, contact: 'carl', kind: 'head', share: 'e', created: status.synced, attempts: 2, next: status.synced, code: 'unreachable', reason: dial },
  { id: 2, hive, contact: 'carl', kind: 'head', share: 'b', created: status.synced, attempts: 2, next: status.synced, code: 'stale', reason: 'hive refuses: stale' },
];

async function madeUp(page: Page, user: string) {
  await page.route('**/api/v1/shares', (route) => route.fulfill({ json: { items: shares } }));
  await page.route('**/api/v1/pending', (route) => route.fulfill({ json: { items: pending } }));
  await signIn(page, user, '/shared');
}

test('a line says what holds a share up, and what does not', async ({ page, user }) => {
  await madeUp(page, user);
  await expect(rowOf(page, 'Films')).toContainText('60 files come when they are opened');
  await expect(rowOf(page, 'Choir')).toContainText('Your changes have not reached the owner yet');
  await expect(rowOf(page, 'Band')).toContainText('No hive that answers has what is missing');
  await expect(rowOf(page, 'Club')).toContainText('It does not get on');
  await expect(rowOf(page, 'Garden')).toContainText('Not up to date: carl');
  await expect(page.getByText('dial tcp4')).toHaveCount(0);

  await page.getByRole('button', { name: 'Manage: Films' }).click();
  await expect(page.getByRole('dialog')).toContainText('Come when opened');
  await expect(page.getByRole('region', { name: 'Who has it' })).toContainText('bob');
  await expect(page.getByText('Taking a share away')).toHaveCount(0);
});

test('what waits says why, in words, on a phone too', async ({ page, user }) => {
  await page.setViewportSize({ width: 390, height: 800 });
  await madeUp(page, user);
  await page.goto('/shared/waiting');
  await expect(page.getByText('Their hive does not answer')).toBeVisible();
  await expect(page.getByText('Their hive did not take it')).toBeVisible();
  await expect(page.getByText('dial tcp4')).toBeHidden();
  await page.getByText('Details').first().click();
  await expect(page.getByText('dial tcp4')).toBeVisible();
  expect(await page.locator('main *').evaluateAll((all) => all.filter((e) => e.getBoundingClientRect().right > innerWidth && !e.closest('nav')).length)).toBe(0);
});
