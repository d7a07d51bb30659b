import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, signIn, test } from './fixtures';
import type { Program } from './hive';

type Unfinished = { items: { path: string; active?: boolean }[] };

/** Begins an upload in parts, of which nothing comes. Gives where it is. */
async function begin(program: Program, path: string): Promise<string> {
  const answer = await fetch(program.url + '/api/v1/tus', {
    method: 'POST',
    headers: { Authorization: 'Bearer ' + program.token, 'Tus-Resumable': '1.0.0', 'Upload-Length': '1000', 'Upload-Metadata': 'path ' + btoa(path) },
  });
  return new URL(answer.headers.get('Location')!, program.url).href;
}

test('what another tab uploads is not interrupted, until that tab is left', async ({ page, context, user, program }) => {
  const folder = mkdtempSync(join(tmpdir(), 'hive-web-tabs-'));
  writeFileSync(join(folder, 'slow.bin'), Buffer.alloc(30 << 20, 7));
  await signIn(page, user);
  const cdp = await context.newCDPSession(page);
  await cdp.send('Network.enable');
  await cdp.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 2e6 });
  await page.locator('[data-pick=files]').setInputFiles(join(folder, 'slow.bin'));
  await expect.poll(async () => (await program.ask<Unfinished>('GET', '/tus')).items.length).toBe(1);
  await page.getByRole('button', { name: 'Pause: slow.bin' }).click();
  await expect.poll(async () => (await program.ask<Unfinished>('GET', '/tus')).items[0]!.active).toBeUndefined();
  await begin(program, '/left.bin');

  const second = await context.newPage();
  await second.goto('/');
  const panel = second.getByRole('region', { name: 'Uploads' });
  await expect(panel.getByText('left.bin')).toBeVisible();
  await expect(panel.getByText('slow.bin')).toHaveCount(0);
  await page.goto('about:blank');
  await expect(panel.getByText('slow.bin')).toBeVisible();
  await expect(panel.getByRole('listitem')).toHaveCount(2);
  rmSync(folder, { recursive: true });
});

test('what another device uploads is not interrupted, until it stops', async ({ page, user, program }) => {
  const at = await begin(program, '/film.bin');
  await begin(program, '/left.bin');
  const sending = request(at, {
    method: 'PATCH',
    headers: { Authorization: 'Bearer ' + program.token, 'Tus-Resumable': '1.0.0', 'Upload-Offset': '0', 'Content-Type': 'application/offset+octet-stream', 'Content-Length': '1000' },
  });
  sending.on('error', () => {});
  sending.write(Buffer.alloc(100));
  await expect.poll(async () => (await program.ask<Unfinished>('GET', '/tus')).items.filter((i) => i.active).map((i) => i.path)).toEqual(['/film.bin']);
  await signIn(page, user);
  const panel = page.getByRole('region', { name: 'Uploads' });
  await expect(panel.getByText('left.bin')).toBeVisible();
  await expect(panel.getByText('film.bin')).toHaveCount(0);
  sending.destroy();
  await expect(panel.getByText('film.bin')).toBeVisible();
  await expect(panel.getByRole('listitem')).toHaveCount(2);
});

test('an interrupted upload without a hive that answers, and one that the hive has no more', async ({ page, context, user, program }) => {
  const at = await begin(program, '/film.bin');
  await signIn(page, user);
  const panel = page.getByRole('region', { name: 'Uploads' });
  const choose = panel.getByLabel('Choose file: film.bin');
  await expect(panel.getByText('film.bin')).toBeVisible();
  await context.setOffline(true);
  await choose.setInputFiles({ name: 'film.bin', mimeType: 'text/plain', buffer: Buffer.alloc(1000) });
  await expect(panel.getByRole('alert')).toHaveText('The hive does not answer. Check your connection.');
  await context.setOffline(false);
  await fetch(at, { method: 'DELETE', headers: { Authorization: 'Bearer ' + program.token, 'Tus-Resumable': '1.0.0' } });
  await choose.setInputFiles({ name: 'film.bin', mimeType: 'text/plain', buffer: Buffer.alloc(1000) });
  await expect(panel).toContainText('1 of 1 uploaded');
  expect((await program.ask<{ size: number }>('GET', '/entries/film.bin')).size).toBe(1000);
});

test('all that was interrupted is listed', async ({ page, user, program }) => {
  const paths = Array.from({ length: 130 }, (_, i) => `/${i}.bin`);
  await Promise.all(paths.map((path) => begin(program, path)));
  await signIn(page, user);
  await expect(page.getByRole('region', { name: 'Uploads' })).toContainText('0 of 130 uploaded');
});
