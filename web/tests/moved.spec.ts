import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, rowOf, signIn, test } from './fixtures';
import type { Program } from './hive';

// What is to be uploaded while its folder goes, or is moved.
const text = (name: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(name) });
const panelOf = (page: Page) => page.getByRole('region', { name: 'Uploads' });

const isThere = (program: Program, path: string) => program.ask('GET', '/entries' + path).then(() => true, (err) => (/ 404 /.test(String(err)) ? false : Promise.reject(err)));
const unfinished = async (program: Program) => (await program.ask<{ items: unknown[] }>('GET', '/tus')).items.length;

/** Slows uploads down, until the function that it gives is called. */
async function slow(page: Page): Promise<() => Promise<unknown>> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Network.enable');
  const limit = (uploadThroughput: number) => cdp.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput });
  await limit(3e6);
  return () => limit(-1);
}

test('uploads go with their folder to where it is moved', async ({ page, user, program }) => {
  await program.put('/Box/in/x.txt', 'x');
  await signIn(page, user, '/files/Box/in');
  await expect(rowOf(page, 'x.txt')).toBeVisible();
  await page.route('**/api/v1/files/**', (route) => route.abort()); // the hive does not answer for these
  await page.locator('[data-pick=files]').setInputFiles(['a.txt', 'b.txt', 'c.txt', 'd.txt'].map(text));
  await expect(panelOf(page)).toContainText('The hive does not answer');
  await program.ask('POST', '/move', { from: '/Box', to: '/Chest' });
  await expect(page.getByRole('link', { name: 'Chest' })).toBeVisible();
  await page.unroute('**/api/v1/files/**');
  await expect(panelOf(page)).toContainText('4 of 4 uploaded');
  expect(await program.ask('GET', '/files/Chest/in/d.txt')).toBe('d.txt');
  expect(await isThere(program, '/Box')).toBe(false);
});

test('an upload in parts goes with its folder too', async ({ page, user, program }) => {
  const folder = mkdtempSync(join(tmpdir(), 'hive-web-moved-'));
  writeFileSync(join(folder, 'film.bin'), Buffer.alloc(9 << 20, 7));
  await program.put('/Box/x.txt', 'x');
  await signIn(page, user, '/files/Box');
  await expect(rowOf(page, 'x.txt')).toBeVisible();
  const release = await slow(page);
  await page.locator('[data-pick=files]').setInputFiles(join(folder, 'film.bin'));
  await expect.poll(() => unfinished(program)).toBe(1);
  await program.ask('POST', '/move', { from: '/Box', to: '/Chest' });
  await expect(page.getByRole('heading', { name: 'Chest' })).toBeVisible();
  await release();
  await expect(panelOf(page)).toContainText('1 of 1 uploaded');
  expect((await program.ask<{ size: number }>('GET', '/entries/Chest/film.bin')).size).toBe(9 << 20);
  expect(await isThere(program, '/Box')).toBe(false);
  await expect.poll(() => unfinished(program)).toBe(0);
  rmSync(folder, { recursive: true });
});

test('a folder that is gone is not made anew: its uploads wait for it, or go elsewhere', async ({ page, user, program }) => {
  const folder = mkdtempSync(join(tmpdir(), 'hive-web-gone-'));
  mkdirSync(join(folder, 'garden', 'beds'), { recursive: true });
  for (const name of ['beds/beans.txt', 'beds/peas.txt', 'plan.txt']) writeFileSync(join(folder, 'garden', name), name);
  writeFileSync(join(folder, 'large.bin'), Buffer.alloc(5 << 20, 7));
  await program.put('/Box/x.txt', 'x');
  await program.ask('PUT', '/folders/Other');
  await signIn(page, user, '/files/Box');
  await expect(rowOf(page, 'x.txt')).toBeVisible();
  await page.route(/\/api\/v1\/(files|folders|tus)/, (route) => (route.request().method() === 'GET' ? route.continue() : route.abort()));
  await page.locator('[data-pick=folder]').setInputFiles(join(folder, 'garden'));
  await page.locator('[data-pick=files]').setInputFiles(join(folder, 'large.bin'));
  const panel = panelOf(page);
  await expect(panel).toContainText('The hive does not answer');
  const { id } = await program.ask<{ id: number }>('DELETE', '/files/Box');
  await expect(page.getByText('There is no such folder')).toBeVisible();
  await page.unroute(/\/api\/v1\/(files|folders|tus)/);
  await expect(panel).toContainText('0 of 4 uploaded · 4 failed');
  await expect(panel.getByText('The folder it was to go to is gone.')).toHaveCount(4);
  expect(await isThere(program, '/Box')).toBe(false);

  await panel.getByRole('button', { name: 'To another folder: plan.txt' }).click();
  const dialog = page.getByRole('dialog', { name: 'To another folder' });
  await dialog.getByRole('button', { name: 'Other' }).click();
  await dialog.getByRole('button', { name: 'Upload here' }).click();
  await expect(panel).toContainText('1 of 4 uploaded · 3 failed');
  expect(await program.ask('GET', '/files/Other/garden/plan.txt')).toBe('plan.txt');

  await program.ask('POST', `/trash/${id}/restore`, {});
  await expect(rowOf(page, 'x.txt')).toBeVisible();
  await panel.getByRole('button', { name: 'Try all again' }).click();
  await expect(panel).toContainText('4 of 4 uploaded');
  expect(await program.ask('GET', '/files/Box/garden/beds/beans.txt')).toBe('beds/beans.txt');
  expect((await program.ask<{ size: number }>('GET', '/entries/Box/large.bin')).size).toBe(5 << 20);
  rmSync(folder, { recursive: true });
});

test('what came of a file in parts is not kept once it goes on under another name', async ({ page, user, program }) => {
  const folder = mkdtempSync(join(tmpdir(), 'hive-web-twice-'));
  writeFileSync(join(folder, 'film.bin'), Buffer.alloc(9 << 20, 7));
  await signIn(page, user);
  await expect(page.getByText('This folder is empty')).toBeVisible();
  const release = await slow(page);
  await page.locator('[data-pick=files]').setInputFiles(join(folder, 'film.bin'));
  await expect.poll(() => unfinished(program)).toBe(1);
  await program.put('/film.bin', 'mine');
  await release();
  await page.getByRole('button', { name: 'Keep both' }).click();
  await expect(panelOf(page)).toContainText('1 of 1 uploaded');
  expect((await program.ask<{ size: number }>('GET', '/entries/film%20(2).bin')).size).toBe(9 << 20);
  await expect.poll(() => unfinished(program)).toBe(0);
  rmSync(folder, { recursive: true });
});
