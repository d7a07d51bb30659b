import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { photo } from '../screenshots/photo';
import { choose, expect, rowOf, signIn, test } from './fixtures';

test('sign in, upload, download, delete, undo', async ({ page, user }) => {
  await signIn(page, user);
  await expect(page.getByText('This folder is empty')).toBeVisible();
  await page.locator('[data-pick=files]').setInputFiles({ name: 'hello.txt', mimeType: 'text/plain', buffer: Buffer.from('hello, hive') });
  await expect(rowOf(page, 'hello.txt')).toBeVisible();

  const downloading = page.waitForEvent('download');
  await choose(page, 'hello.txt', 'Download');
  expect(readFileSync(await (await downloading).path(), 'utf8')).toBe('hello, hive');

  await choose(page, 'hello.txt', 'Delete');
  await expect(rowOf(page, 'hello.txt')).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(rowOf(page, 'hello.txt')).toBeVisible();
});

test('new folder, rename in place, move by dialog and by drag, copy', async ({ page, user, program }) => {
  await program.put('/notes.txt', 'n');
  await program.put('/list.txt', 'l');
  await signIn(page, user);
  await page.getByRole('button', { name: 'New', exact: true }).click();
  await page.getByRole('menuitem', { name: 'New folder' }).click();
  await page.getByLabel('Name of the folder').fill('Box');
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(rowOf(page, 'Box')).toBeVisible();

  await choose(page, 'notes.txt', 'Rename');
  const field = page.getByRole('textbox', { name: 'Name' });
  await field.fill('thoughts.txt');
  await field.press('Enter');
  await expect(rowOf(page, 'thoughts.txt')).toBeVisible();

  await choose(page, 'thoughts.txt', 'Move to…');
  await page.getByRole('dialog').getByRole('button', { name: 'Box' }).click();
  await page.getByRole('button', { name: 'Move here' }).click();
  await expect(rowOf(page, 'thoughts.txt')).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await expect(rowOf(page, 'thoughts.txt')).toBeVisible();

  await rowOf(page, 'list.txt').dragTo(rowOf(page, 'Box'));
  await expect(rowOf(page, 'list.txt')).toHaveCount(0);
  expect(await program.ask('GET', '/files/Box/list.txt')).toBe('l');

  await choose(page, 'Box', 'Copy to…');
  await page.getByRole('dialog').getByRole('button', { name: 'New folder' }).click();
  await page.getByRole('dialog').getByLabel('Name of the folder').fill('Copies');
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
  await page.getByRole('button', { name: 'Copy here' }).click();
  await expect(rowOf(page, 'Copies')).toBeVisible();
  await expect.poll(() => program.ask('GET', '/files/Copies/Box/list.txt').catch(() => 'not yet')).toBe('l');
});

test('all by keyboard', async ({ page, user, program }) => {
  for (const name of ['a.txt', 'b.txt', 'c.txt', 'd.txt']) await program.put('/' + name, name);
  await program.ask('PUT', '/folders/Inner');
  await page.goto('/');
  await expect(page.getByLabel('User', { exact: true })).toBeFocused();
  await page.keyboard.type(user);
  await page.keyboard.press('Tab');
  await page.keyboard.type('correct horse battery');
  await page.keyboard.press('Enter');
  await expect(rowOf(page, 'Inner')).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByText('Skip to content')).toBeFocused();
  await page.keyboard.press('Enter');
  for (let i = 0; i < 20 && !(await rowOf(page, 'Inner').evaluate((e) => e === document.activeElement)); i++) await page.keyboard.press('Tab');
  await expect(rowOf(page, 'Inner')).toBeFocused();
  const outline = await rowOf(page, 'Inner').evaluate((e) => getComputedStyle(e).outlineStyle);
  expect(outline).toBe('solid');

  await page.keyboard.press('ArrowDown');
  await expect(rowOf(page, 'a.txt')).toBeFocused();
  await page.keyboard.press('Shift+ArrowDown');
  await expect(page.getByText('2 selected')).toBeVisible();
  await page.keyboard.press('Delete');
  await expect(rowOf(page, 'b.txt')).toHaveCount(0);
  await expect(rowOf(page, 'a.txt')).toHaveCount(0);

  await expect(rowOf(page, 'c.txt')).toBeFocused();
  await page.keyboard.press('F2');
  await page.keyboard.type('sea');
  await page.keyboard.press('Enter');
  await expect(rowOf(page, 'sea.txt')).toHaveAttribute('aria-rowindex', '4'); // after d.txt
  await expect(rowOf(page, 'sea.txt')).toBeFocused();
  await program.put('/b.txt', 'from elsewhere');
  await expect(rowOf(page, 'sea.txt')).toHaveAttribute('aria-rowindex', '5');
  await expect(rowOf(page, 'sea.txt')).toBeFocused();
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Inner' })).toBeVisible();
  await page.keyboard.press('n');
  await expect(page.getByLabel('Name of the folder')).toBeFocused();
  await page.keyboard.type('Deeper');
  await page.keyboard.press('Enter');
  await expect(rowOf(page, 'Deeper')).toBeVisible();
  await page.keyboard.press('Backspace');
  await expect(rowOf(page, 'Inner')).toBeVisible();
  await page.keyboard.press('/');
  await page.keyboard.type('sea');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('link', { name: 'sea.txt' })).toBeVisible();
});

test('a name that is typed is not taken early by a change from elsewhere', async ({ page, context, user, program }) => {
  for (const name of ['b.txt', 'c.txt']) await program.put('/' + name, name);
  await signIn(page, user);
  const other = await context.newPage();
  await other.goto('/');
  await expect(rowOf(other, 'c.txt')).toBeVisible();
  await rowOf(page, 'c.txt').focus();
  await page.keyboard.press('F2');
  await page.keyboard.type('half');
  await program.put('/a.txt', 'moves the others down');
  await expect(rowOf(other, 'a.txt')).toBeVisible();
  await page.keyboard.type(' and whole');
  await page.keyboard.press('Enter');
  await expect(rowOf(page, 'half and whole.txt')).toBeFocused();
  await expect(rowOf(page, 'a.txt')).toBeVisible();
});

test('a renamed entry does not appear in the folder that is shown by then', async ({ page, user, program }) => {
  await program.put('/Inner/x.txt', 'x');
  await signIn(page, user, '/files/Inner');
  let leave = () => {};
  const left = new Promise<void>((resolve) => (leave = resolve));
  await page.route('**/api/v1/move', async (route) => {
    const response = await route.fetch();
    await left;
    await route.fulfill({ response });
  });
  await rowOf(page, 'x.txt').focus();
  await page.keyboard.press('F2');
  await page.keyboard.type('y');
  await page.getByRole('navigation', { name: 'Path' }).getByRole('link', { name: 'Home' }).click();
  await expect(rowOf(page, 'Inner')).toBeVisible();
  leave();
  await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible();
  await expect(rowOf(page, 'y.txt')).toHaveCount(0);
  await page.reload();
  await rowOf(page, 'Inner').click();
  await expect(rowOf(page, 'y.txt')).toBeVisible();
});

test('rows are used again: focus and menu stay with their entry', async ({ page, user, program }) => {
  await Promise.all(Array.from({ length: 120 }, (_, i) => program.put(`/many/file ${String(i).padStart(3, '0')}.txt`, 'x')));
  await signIn(page, user, '/files/many');
  await expect(page.getByText('120 entries')).toBeVisible();
  await rowOf(page, 'file 002.txt').focus();
  await page.locator('.scroller').evaluate((s) => (s.scrollTop = s.scrollHeight));
  await expect(rowOf(page, 'file 119.txt')).toBeVisible();
  await expect(page.getByRole('grid')).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(rowOf(page, 'file 003.txt')).toBeFocused();

  await rowOf(page, 'file 003.txt').getByRole('button', { name: 'Actions for' }).click();
  await expect(page.getByRole('menuitem', { name: 'Delete' })).toBeVisible();
  await program.put('/many/file 000 and a half.txt', 'x');
  await expect(page.getByText('121 entries')).toBeVisible();
  await expect(page.getByRole('menuitem')).toHaveCount(0);
});

test('trash: restore, delete for good, empty', async ({ page, user, program }) => {
  for (const name of ['one', 'two', 'three']) {
    await program.put('/' + name, name);
    await program.ask('DELETE', '/files/' + name);
  }
  await signIn(page, user, '/trash');
  await page.getByRole('button', { name: 'Restore: one' }).click();
  await expect(page.getByText('Restored to /one')).toBeVisible();
  await page.getByRole('button', { name: 'Delete for good: two' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click();
  await expect(rowOf(page, 'two')).toHaveCount(0);
  await page.getByRole('button', { name: 'Empty trash' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Empty trash' }).click();
  await expect(page.getByText('The trash is empty')).toBeVisible();
});

test('a picture shows itself small', async ({ page, user, program }) => {
  await program.put('/hill.png', photo(1));
  await signIn(page, user);
  const shown = () => rowOf(page, 'hill.png').locator('img').evaluate((i: HTMLImageElement) => i.naturalWidth);
  await expect.poll(shown, { timeout: 30_000 }).toBe(256);
});

/** A page that says hello, and an empty one that is wider than it is high. */
function pdf(): Buffer {
  const stream = 'BT /F1 48 Tf 60 600 Td (Hello, hive) Tj ET';
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Kids [3 0 R 6 0 R] /Count 2 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`, '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 842 595] /Resources << >> >>',
  ];
  let text = '%PDF-1.4\n';
  const places = objects.map((object, i) => {
    const at = text.length;
    text += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return String(at).padStart(10, '0') + ' 00000 n \n';
  });
  return Buffer.from(`${text}xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${places.join('')}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`);
}

test('a PDF is drawn, sound and film are played', async ({ page, user, program }) => {
  await program.put('/paper.pdf', pdf());
  await program.put('/tone.wav', wave());
  await signIn(page, user);
  await program.put('/walk.webm', await film(page));
  await rowOf(page, 'paper.pdf').click();
  const sheet = page.locator('canvas[data-drawn=true]').first();
  await expect(sheet).toBeVisible();
  const dark = await sheet.evaluate((c: HTMLCanvasElement) => {
    const { data } = c.getContext('2d')!.getImageData(0, 0, c.width, c.height);
    let n = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i]! < 100) n++;
    return n;
  });
  expect(dark).toBeGreaterThan(1000);
  const wide = page.locator('canvas').nth(1);
  await wide.scrollIntoViewIfNeeded();
  await expect(wide).toHaveAttribute('data-drawn', 'true');
  await expect.poll(async () => wide.evaluate((c) => c.clientWidth / c.clientHeight)).toBeCloseTo(842 / 595, 1);
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => page.locator('audio').evaluate((a: HTMLAudioElement) => a.duration)).toBeCloseTo(1, 1);
  await page.keyboard.press('Escape');
  await rowOf(page, 'walk.webm').click();
  await expect.poll(() => page.locator('video').evaluate((v: HTMLVideoElement) => v.videoWidth)).toBe(64);
});

/** Some frames, as the browser records them. */
async function film(page: Page): Promise<Uint8Array> {
  const bytes = await page.evaluate(async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 64 });
    const context = canvas.getContext('2d')!;
    const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: 'video/webm;codecs=vp8' });
    const parts: Blob[] = [];
    recorder.ondataavailable = (e) => parts.push(e.data);
    recorder.start();
    for (let i = 0; i < 15; i++) {
      context.fillStyle = `hsl(${i * 20} 80% 50%)`;
      context.fillRect(0, 0, 64, 64);
      await new Promise((r) => setTimeout(r, 40));
    }
    await new Promise((r) => {
      recorder.onstop = r;
      recorder.stop();
    });
    return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
  });
  return new Uint8Array(bytes);
}

/** A second of a tone of 440 Hz. */
function wave(): Buffer {
  const rate = 8000;
  const out = Buffer.alloc(44 + rate);
  out.write('RIFF');
  out.writeUInt32LE(36 + rate, 4);
  out.write('WAVEfmt ', 8);
  out.writeUInt32LE(16, 16);
  out.writeUInt16LE(1, 20);
  out.writeUInt16LE(1, 22);
  out.writeUInt32LE(rate, 24);
  out.writeUInt32LE(rate, 28);
  out.writeUInt16LE(1, 32);
  out.writeUInt16LE(8, 34);
  out.write('data', 36);
  out.writeUInt32LE(rate, 40);
  for (let i = 0; i < rate; i++) out[44 + i] = 128 + Math.round(100 * Math.sin((i / rate) * 2 * Math.PI * 440));
  return out;
}

test('several at once come as one zip', async ({ page, user, program }) => {
  await program.put('/a & b.txt', 'one');
  await program.put('/box/c.txt', 'two');
  await program.put('/other.txt', 'three');
  await signIn(page, user);
  for (const name of ['a & b.txt', 'box']) await rowOf(page, name).getByRole('checkbox').check();
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe('home.zip');
  const zip = readFileSync(await download.path(), 'latin1');
  expect(zip).toContain('a & b.txt');
  expect(zip).toContain('box/c.txt');
  expect(zip).not.toContain('other.txt');
});

test('previews of text, Markdown and pictures, and events from elsewhere', async ({ page, user, program }) => {
  await program.put('/a.md', '# Title\n\nsome *text*\n');
  await program.put('/b.txt', 'plain text');
  await program.put('/c.svg', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>');
  await signIn(page, user);
  await rowOf(page, 'a.md').click();
  await expect(page.getByRole('heading', { name: 'Title' })).toBeVisible();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByText('plain text')).toBeVisible();
  await page.getByRole('button', { name: 'Next' }).click();
  await expect.poll(() => page.locator('dialog img').evaluate((i: HTMLImageElement) => i.naturalWidth)).toBe(9);
  await page.keyboard.press('Escape');
  const from = Date.now();
  await program.put('/new one.txt', 'x');
  await expect(rowOf(page, 'new one.txt')).toBeVisible({ timeout: 2000 });
  console.log(`a change elsewhere is seen after ${Date.now() - from} ms`);
});

test('sort, grid, breadcrumbs', async ({ page, user, program }) => {
  await program.put('/a/b/small.txt', 'x');
  await program.put('/a/b/large.txt', 'x'.repeat(5000));
  await signIn(page, user, '/files/a/b');
  const first = page.locator('[data-index="0"]');
  await expect(first).toHaveAttribute('data-name', 'large.txt');
  await page.getByRole('columnheader', { name: 'Size' }).getByRole('button').click();
  await expect(first).toHaveAttribute('data-name', 'small.txt');
  await page.getByRole('columnheader', { name: 'Size' }).getByRole('button').click();
  await expect(first).toHaveAttribute('data-name', 'large.txt');
  await page.getByRole('button', { name: 'Grid' }).click();
  await expect(page.getByRole('gridcell', { name: /large.txt/ })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('button', { name: 'Grid' })).toHaveAttribute('aria-pressed', 'true');
  await page.getByRole('navigation', { name: 'Path' }).getByRole('link', { name: 'a', exact: true }).click();
  await expect(rowOf(page, 'b')).toBeVisible();
  await page.getByRole('navigation', { name: 'Path' }).getByRole('link', { name: 'Home' }).click();
  await expect(rowOf(page, 'a')).toBeVisible();
});
