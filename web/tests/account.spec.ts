import { createHmac } from 'node:crypto';
import { choose, expect, password, rowOf, signIn, test } from './fixtures';

test('a second factor: on, used, a recovery code, off', async ({ page, user }) => {
  await signIn(page, user, '/account');
  const section = page.getByRole('region', { name: 'Second factor' });
  await section.getByRole('button', { name: 'Turn on' }).click();
  await page.getByRole('dialog').getByLabel('Present password').fill(password);
  await page.getByRole('button', { name: 'Continue' }).click();
  const secret = await page.getByLabel('Or type the secret', { exact: true }).inputValue();
  await expect(page.getByRole('img', { name: 'Secret as QR code' })).toBeVisible();
  await page.getByLabel('Code from the app').fill(totp(secret));
  await page.getByRole('button', { name: 'Continue' }).click();
  const codes = (await page.getByRole('dialog').getByRole('listitem').allTextContents()).map((c) => c.trim());
  expect(codes.length).toBe(10);
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await expect(section.getByText('On', { exact: true })).toBeVisible();

  await page.getByRole('button', { name: 'Account menu' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByLabel('User', { exact: true }).fill(user);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  const code = page.getByLabel('Code from your authenticator');
  await code.fill('000000');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('The code is wrong')).toBeVisible();
  await code.fill(codes[0]!);
  await page.getByRole('button', { name: 'Sign in' }).click();

  await section.getByRole('button', { name: 'Turn off' }).click();
  await page.getByRole('dialog').getByLabel('Present password').fill(password);
  await page.getByRole('dialog').getByLabel('Code from your authenticator').fill(codes[1]!);
  await page.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click();
  await expect(section.getByRole('button', { name: 'Turn on' })).toBeVisible();
});

test('password, sessions, app passwords, theme and language', async ({ page, user, hive }) => {
  await hive.as(user); // another session
  await signIn(page, user, '/account');
  await page.getByRole('button', { name: 'End all other sessions' }).click();
  await expect(page.getByRole('region', { name: 'Sessions' }).getByRole('listitem')).toHaveCount(1);

  await page.getByRole('button', { name: 'New app password' }).click();
  await page.getByLabel('For which program').fill('Phone');
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByRole('img', { name: 'App password as QR code' })).toBeVisible();
  const secret = await page.getByRole('dialog').getByLabel('Password', { exact: true }).inputValue();
  const answer = await fetch(hive.url + '/api/v1/folders/', { headers: { Authorization: 'Basic ' + btoa(user + ':' + secret) } });
  expect(answer.status).toBe(200);
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'End: Phone' }).click();
  await expect(page.getByRole('button', { name: 'End: Phone' })).toHaveCount(0);

  const section = page.getByRole('region', { name: 'Password', exact: true });
  await section.getByLabel('Present password').fill('not it');
  await section.getByLabel('New password').fill('another long one');
  await section.getByLabel('Password again').fill('another long one');
  await section.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByRole('alert').first()).toBeVisible();
  await section.getByLabel('Present password').fill(password);
  await section.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('The password is changed')).toBeVisible();

  await page.getByLabel('Theme').selectOption('dark');
  expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(22, 22, 26)');
  await page.getByLabel('Language').selectOption('de');
  await expect(page.getByRole('heading', { name: 'Konto' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('link', { name: 'Dateien' })).toBeVisible();
});

test('an admin adds, limits, disables, resets and removes a user', async ({ page, browser, hive }) => {
  await signIn(page, 'admin', '/admin');
  await page.getByRole('button', { name: 'Add user' }).click();
  await page.getByLabel('Name', { exact: true }).fill('erin');
  await page.getByLabel('First password').fill('the first password');
  await page.getByRole('dialog').getByRole('button', { name: 'Add user' }).click();
  await expect(rowOf(page, 'erin')).toBeVisible();
  await choose(page, 'erin', 'Quota');
  await page.getByRole('spinbutton', { name: 'Quota' }).fill('0.000001');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(rowOf(page, 'erin')).toContainText('1 KB');

  const context = await browser.newContext({ baseURL: hive.url, locale: 'en' });
  const erin = await context.newPage();
  await signIn(erin, 'erin', '/', 'the first password');
  await erin.locator('[data-pick=files]').setInputFiles({ name: 'big.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(5000) });
  await expect(erin.getByText('Your storage is full')).toBeVisible();

  await choose(page, 'erin', 'Disable');
  await expect(rowOf(page, 'erin')).toContainText('Disabled');
  await erin.goto('/files/');
  await expect(erin.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await choose(page, 'erin', 'Enable');
  await choose(page, 'erin', 'Set password');
  await page.getByLabel('New password').fill('the second password');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('erin has a new password')).toBeVisible();
  await signIn(erin, 'erin', '/', 'the second password');
  await context.close();

  await choose(page, 'erin', 'Remove user');
  await page.getByRole('dialog').getByRole('button', { name: 'Remove user' }).click();
  await expect(rowOf(page, 'erin')).toHaveCount(0);

  await page.getByRole('link', { name: 'Audit log' }).click();
  await page.getByLabel('Object').fill('erin');
  await page.getByRole('button', { name: 'Filter' }).click();
  await expect(page.getByRole('cell', { name: 'user.delete' })).toBeVisible();
  await expect(page.getByRole('cell', { name: 'user.create' })).toBeVisible();
});

function totp(secret: string): string {
  const bits = [...secret.replace(/=+$/, '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g)!.map((b) => parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const sum = createHmac('sha1', key).update(counter).digest();
  const at = sum[19]! & 15;
  return String((sum.readUInt32BE(at) & 0x7fffffff) % 1e6).padStart(6, '0');
}

test('an admin sees how the hive is, what it holds and what is shared', async ({ page, user, program }) => {
  await program.put('/plans/a.txt', 'a');
  await program.ask('POST', '/shares', { path: '/plans', members: [{ user: 'admin', role: 'reader' }] });
  await signIn(page, 'admin', '/admin/health');
  await expect(page.getByText('Database', { exact: true })).toBeVisible();
  await expect(page.getByText('Failed', { exact: true })).toHaveCount(0);
  await page.getByRole('link', { name: 'Shares', exact: true }).click();
  await expect(page.getByRole('row', { name: new RegExp(`plans.*${user}.*of 1 accepted`) })).toBeVisible();
  await page.getByRole('link', { name: 'Storage' }).click();
  await expect(page.getByText('Saved by keeping equal parts once')).toBeVisible();
});

test.describe('in New York', () => {
  test.use({ timezoneId: 'America/New_York' });

  test('the audit log is asked for when one says so, from the beginning of the day here', async ({ page }) => {
    await signIn(page, 'admin', '/admin/audit');
    await expect(page.getByRole('cell', { name: 'done' }).first()).toBeVisible();
    const asked: URLSearchParams[] = [];
    page.on('request', (r) => {
      const url = new URL(r.url());
      if (url.pathname === '/api/v1/audit') asked.push(url.searchParams);
    });
    await page.getByLabel('Object').pressSequentially('nobody');
    await page.getByLabel('Since').fill('2026-01-15');
    await page.getByRole('button', { name: 'Filter' }).click();
    await expect(page.getByRole('cell', { name: 'Nothing here' })).toBeVisible();
    expect(asked.map((q) => [q.get('target'), q.get('since')])).toEqual([['nobody', '2026-01-15T05:00:00.000Z']]);
  });
});

test('a setting that goes back to what is configured takes no other with it', async ({ page, admin }) => {
  await admin.ask('PATCH', '/settings', { trash_days: 12 });
  await signIn(page, 'admin', '/admin/settings');
  await page.getByLabel('Name of the hive').fill('Half a name');
  await page.getByRole('spinbutton', { name: /^Quota of new users/ }).fill('7');
  await page.getByRole('button', { name: /^As configured: .*trash/i }).click();
  await expect(page.getByRole('button', { name: /^As configured: .*trash/i })).toHaveCount(0);
  await expect(page.getByLabel('Name of the hive')).toHaveValue('Half a name');
  await expect(page.getByRole('spinbutton', { name: /^Quota of new users/ })).toHaveValue('7');
  expect((await admin.ask<{ name: string }>('GET', '/settings')).name).not.toBe('Half a name');
});
