import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { choose, expect, rowOf, signIn, test } from './fixtures';

test('a folder of 500 files', async ({ page, user, program }) => {
  const folder = mkdtempSync(join(tmpdir(), 'hive-web-files-'));
  mkdirSync(join(folder, 'many', 'deep'), { recursive: true });
  for (let i = 0; i < 500; i++) writeFileSync(join(folder, 'many', i % 5 ? '' : 'deep', `file ${i}.txt`), `content of ${i}`);
  await signIn(page, user);
  await page.locator('[data-pick=folder]').setInputFiles(join(folder, 'many'));
  const from = Date.now();
  await expect(page.getByText('500 of 500 uploaded')).toBeVisible({ timeout: 90_000 });
  console.log(`500 files uploaded in ${Date.now() - from} ms`);
  await rowOf(page, 'many').click();
  await expect(page.getByText('401 entries')).toBeVisible();
  expect(await program.ask('GET', '/files/many/deep/file%20495.txt')).toBe('content of 495');
  rmSync(folder, { recursive: true });
});

test('a folder dropped from outside', async ({ page, user, program }) => {
  const folder = mkdtempSync(join(tmpdir(), 'hive-web-drop-'));
  mkdirSync(join(folder, 'garden', 'beds'), { recursive: true });
  mkdirSync(join(folder, 'garden', 'empty'));
  writeFileSync(join(folder, 'garden', 'beds', 'beans.txt'), 'beans');
  writeFileSync(join(folder, 'letter.txt'), 'dear');
  writeFileSync(join(folder, 'garden', 'locked.txt'), 'l');
  await page.addInitScript(() => {
    const entryOf = DataTransferItem.prototype.webkitGetAsEntry;
    DataTransferItem.prototype.webkitGetAsEntry = function () {
      const entry = entryOf.call(this);
      const kind = Object.getPrototypeOf(entry) as FileSystemFileEntry;
      const read = kind.file;
      if (entry?.isFile)
        kind.file = function (yes, no) {
          if (this.name === 'locked.txt') no?.(new DOMException('', 'NotReadableError')); // as of another user of the machine
          else read.call(this, yes, no);
        };
      return entry;
    };
  });
  await signIn(page, user);
  await expect(page.getByText('This folder is empty')).toBeVisible();
  const cdp = await page.context().newCDPSession(page);
  const drag = (type: 'dragEnter' | 'dragOver' | 'drop') =>
    cdp.send('Input.dispatchDragEvent', { type, x: 700, y: 400, data: { items: [], files: [join(folder, 'garden'), join(folder, 'letter.txt')], dragOperationsMask: 1 } });
  await drag('dragEnter');
  await drag('dragOver');
  await expect(page.getByText('Drop to upload')).toBeVisible();
  await drag('drop');
  await expect(page.getByText('2 of 2 uploaded')).toBeVisible();
  await expect(page.getByText('1 file or folder could not be read')).toBeVisible();
  await expect(rowOf(page, 'garden')).toBeVisible();
  expect(await program.ask('GET', '/files/garden/beds/beans.txt')).toBe('beans');
  expect(await program.ask('GET', '/files/letter.txt')).toBe('dear');
  expect((await program.ask<{ kind: string }>('GET', '/entries/garden/empty')).kind).toBe('folder');
  rmSync(folder, { recursive: true });
});

test('a reload in the middle of 200 MB goes on where it was', async ({ page, user, program }) => {
  test.setTimeout(180_000);
  const folder = mkdtempSync(join(tmpdir(), 'hive-web-big-'));
  const file = join(folder, 'film.bin');
  const piece = Buffer.alloc(1 << 20);
  const out = openSync(file, 'w');
  for (let i = 0; i < 200; i++) {
    piece.fill(i);
    piece.writeUInt32BE(i * 7919);
    writeSync(out, piece);
  }
  closeSync(out);

  await signIn(page, user);
  let sent = 0;
  page.on('request', (r) => {
    if (r.method() === 'PATCH') sent++;
  });
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Network.enable');
  await cdp.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 25e6 });
  await page.locator('[data-pick=files]').setInputFiles(file);
  type Unfinished = { items: { offset: number; length: number }[] };
  await expect.poll(async () => (await program.ask<Unfinished>('GET', '/tus')).items[0]?.offset ?? 0, { timeout: 60_000 }).toBeGreaterThan(40e6);
  page.on('dialog', (d) => void d.accept());
  await page.reload();
  await cdp.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });

  await expect(page.getByText('Choose the file again to go on')).toBeVisible();
  const before = (await program.ask<Unfinished>('GET', '/tus')).items[0]!.offset;
  expect(before).toBeGreaterThan(40e6);
  sent = 0;

  // Another file of the same size is refused.
  const wrong = join(folder, 'wrong.bin');
  const other = openSync(wrong, 'w');
  for (let i = 0; i < 200; i++) writeSync(other, piece);
  closeSync(other);
  const choose = page.getByLabel('Choose file: film.bin');
  await choose.setInputFiles(wrong);
  await expect(page.getByText('That is another file')).toBeVisible();

  await choose.setInputFiles(file);
  await expect(page.getByText('1 of 1 uploaded')).toBeVisible({ timeout: 90_000 });
  expect(sent).toBeLessThanOrEqual(Math.ceil((200 * 1048576 - before) / (16 << 20)));
  console.log(`went on at ${Math.round(before / 1e6)} MB with ${sent} requests`);
  const entry = await program.ask<{ size: number }>('GET', '/entries/film.bin');
  expect(entry.size).toBe(200 * 1048576);
  rmSync(folder, { recursive: true });
});

test('pause, go on, and a file that is there already', async ({ page, user, program }) => {
  await program.put('/a.txt', 'old');
  await signIn(page, user);
  const pick = page.locator('[data-pick=files]');
  await pick.setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('new') });
  await page.getByRole('button', { name: 'Keep both' }).click();
  await expect(rowOf(page, 'a (2).txt')).toBeVisible();
  expect(await program.ask('GET', '/files/a.txt')).toBe('old');
  await pick.setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('newer') });
  await page.getByRole('button', { name: 'Replace' }).click();
  await expect(page.getByText('2 of 2 uploaded')).toBeVisible();
  expect(await program.ask('GET', '/files/a.txt')).toBe('newer');

  await choose(page, 'a.txt', 'Revisions');
  await page.getByRole('button', { name: 'Restore: Revision 1' }).click();
  await expect(page.getByText('Revision 1 is the newest again')).toBeVisible();
  expect(await program.ask('GET', '/files/a.txt')).toBe('old');

  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Network.enable');
  await cdp.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 2e6 });
  const folder = mkdtempSync(join(tmpdir(), 'hive-web-slow-'));
  writeFileSync(join(folder, 'slow.bin'), Buffer.alloc(30 << 20, 7));
  await pick.setInputFiles(join(folder, 'slow.bin'));
  await page.getByRole('button', { name: 'Pause: slow.bin' }).click();
  await expect(page.getByText('Paused')).toBeVisible();
  await cdp.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  await page.getByRole('button', { name: 'Go on: slow.bin' }).click();
  await expect(rowOf(page, 'slow.bin')).toBeVisible({ timeout: 30_000 });
  rmSync(folder, { recursive: true });
});
