import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, password, rowOf, signIn, test } from './fixtures';

// Uploads that wait, and what becomes of them.
const text = (name: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(name) });

function large(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hive-web-large-'));
  writeFileSync(join(folder, 'film.bin'), Buffer.alloc(5 << 20, 7));
  return folder;
}

test('uploads outlast a hive that is not there behind its proxy, starts or stops', async ({ page, user, program }) => {
  const folder = large();
  await page.clock.install();
  await signIn(page, user);
  await expect(page.getByText('This folder is empty')).toBeVisible();
  const answers = [{ status: 502, body: '<h1>Bad Gateway</h1>' }, { status: 503, json: { code: 'not_ready' } }, { status: 503, json: { code: 'stopping' } }, { status: 504 }, { status: 429 }];
  let next = 0;
  let asked = 0;
  await page.route(/\/api\/v1\/(files|tus)/, (route) => {
    if (route.request().method() === 'GET') return route.continue();
    asked++;
    return route.fulfill(answers[next++ % answers.length]);
  });
  await page.locator('[data-pick=files]').setInputFiles(['a.txt', 'b.txt', 'c.txt', 'd.txt'].map(text));
  const panel = page.getByRole('region', { name: 'Uploads' });
  for (let i = 0; i < 4; i++) {
    await expect(panel).toContainText('The hive does not answer');
    await expect(panel.getByText('Waiting')).toHaveCount(4);
    const before = asked;
    await page.clock.runFor(5000);
    await expect.poll(() => asked).toBeGreaterThan(before);
  }
  await page.getByRole('button', { name: 'Pause all' }).click();

  await page.locator('[data-pick=files]').setInputFiles(join(folder, 'film.bin'));
  for (let i = 0; i < 20; i++) await page.clock.runFor(3000); // longer than one that is sent in parts tries by itself
  await expect(panel.getByText('Waiting')).toHaveCount(1);
  await page.unroute(/\/api\/v1\/(files|tus)/);
  await page.getByRole('button', { name: 'Go on: a.txt' }).click();
  await page.clock.runFor(5000);
  await expect(rowOf(page, 'film.bin')).toBeVisible();
  expect((await program.ask<{ size: number }>('GET', '/entries/film.bin')).size).toBe(5 << 20);
  expect(await program.ask('GET', '/files/a.txt')).toBe('a.txt');
  rmSync(folder, { recursive: true });
});

test('leaving the page asks while something is paused, failed, or to be answered', async ({ page, user, program }) => {
  await program.put('/there.txt', 'old');
  await signIn(page, user);
  await expect(rowOf(page, 'there.txt')).toBeVisible();
  const asked: string[] = [];
  page.on('dialog', (d) => {
    asked.push(d.type());
    void d.dismiss();
  });
  const leave = () => page.evaluate(() => location.reload());
  const panel = page.getByRole('region', { name: 'Uploads' });
  await page.locator('[data-pick=files]').setInputFiles(text('there.txt'));
  await expect(panel).toContainText('A file with this name is there');
  await leave();
  await expect.poll(() => asked.length).toBe(1);
  await panel.getByRole('button', { name: 'Skip' }).click();

  await page.route('**/api/v1/files/**', (route) => route.fulfill({ status: 500, json: { code: 'internal' } }));
  await page.locator('[data-pick=files]').setInputFiles(text('a.txt'));
  await expect(panel).toContainText('1 failed');
  await leave();
  await expect.poll(() => asked.length).toBe(2);
  await page.unroute('**/api/v1/files/**');
  await page.route('**/api/v1/files/**', () => {}); // no answer
  await panel.getByRole('button', { name: 'Try again: a.txt' }).click();
  await panel.getByRole('button', { name: 'Pause: a.txt' }).click();
  await leave();
  await expect.poll(() => asked.length).toBe(3);
  expect(asked).toEqual(['beforeunload', 'beforeunload', 'beforeunload']);
  await panel.getByRole('button', { name: 'Cancel: a.txt' }).click();
  await leave();
  await expect(rowOf(page, 'there.txt')).toBeVisible();
  await expect(panel).toHaveCount(0);
  expect(asked.length).toBe(3);
});

test('a page that is older than the hive says so', async ({ page, context, user, program }) => {
  const folder = large();
  await signIn(page, user);
  await expect(page.getByText('This folder is empty')).toBeVisible();
  await page.route('**/assets/tus*', (route) => route.fulfill({ status: 404 })); // as of a hive that has others
  await page.locator('[data-pick=files]').setInputFiles(join(folder, 'film.bin'));
  const panel = page.getByRole('region', { name: 'Uploads' });
  await expect(panel).toContainText('The hive has a newer version than this page. Reload the page.');
  await context.setOffline(true);
  await panel.getByRole('button', { name: 'Try again: film.bin' }).click();
  await expect(panel).toContainText('The hive does not answer');
  await page.unroute('**/assets/tus*');
  await context.setOffline(false);
  await expect(panel).toContainText('1 of 1 uploaded');
  expect((await program.ask<{ size: number }>('GET', '/entries/film.bin')).size).toBe(5 << 20);
  rmSync(folder, { recursive: true });
});

test('what one person uploads waits until the hive has said that it is still them', async ({ page, context, user, admin, hive, program }) => {
  const other = user + 'o';
  await admin.addUser(other);
  await page.clock.install();
  await signIn(page, user);
  await expect(page.getByText('This folder is empty')).toBeVisible();
  await page.route('**/api/v1/files/**', (route) => route.abort());
  await page.locator('[data-pick=files]').setInputFiles(text('a.txt'));
  const panel = page.getByRole('region', { name: 'Uploads' });
  await expect(panel).toContainText('The hive does not answer');
  let asked = 0;
  await page.route('**/api/v1/account', (route) => {
    asked++;
    return route.abort();
  });
  const second = await context.newPage();
  await signInAnew(second, other);
  await expect.poll(() => asked).toBeGreaterThan(0);
  await page.unroute('**/api/v1/files/**');
  const sent: string[] = [];
  page.on('request', (r) => r.method() === 'PUT' && sent.push(r.url()));
  const before = asked;
  for (let i = 0; i < 10; i++) await page.clock.runFor(2000);
  await expect.poll(() => asked).toBeGreaterThan(before);
  expect(sent).toEqual([]);
  await page.unroute('**/api/v1/account');
  await page.clock.runFor(4000);
  await expect(panel).toHaveCount(0);
  await expect(page.getByText('This folder is empty')).toBeVisible();
  expect(sent).toEqual([]);
  for (const of of [program, await hive.as(other)]) expect((await of.ask<{ items: unknown[] }>('GET', '/folders/')).items).toEqual([]);

  /** Another person signs in where one is signed in. */
  async function signInAnew(at: typeof page, name: string) {
    await at.goto('/');
    await at.getByRole('button', { name: 'Account menu' }).click();
    await at.getByRole('menuitem', { name: 'Sign out' }).click();
    await at.getByLabel('User', { exact: true }).fill(name);
    await at.getByLabel('Password', { exact: true }).fill(password);
    await at.getByRole('button', { name: 'Sign in' }).click();
    await expect(at.getByText('This folder is empty')).toBeVisible();
  }
});
