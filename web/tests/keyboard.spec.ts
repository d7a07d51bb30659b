import { choose, expect, rowOf, signIn, test } from './fixtures';

test('by keyboard from folder to folder: the list keeps the focus, and where one was', async ({ page, user, program }) => {
  await Promise.all(Array.from({ length: 60 }, (_, i) => program.put(`/f${String(i).padStart(2, '0')}/x.txt`, 'x')));
  await program.ask('PUT', '/folders/f50/Inner');
  await signIn(page, user);
  await expect(page.getByText('60 entries')).toBeVisible();
  await rowOf(page, 'f00').focus();
  await page.keyboard.press('End');
  for (let i = 0; i < 9; i++) await page.keyboard.press('ArrowUp');
  await expect(rowOf(page, 'f50')).toBeFocused();
  const top = await page.locator('.scroller').evaluate((s) => s.scrollTop);
  await page.keyboard.press('Enter');
  await expect(rowOf(page, 'Inner')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByText('This folder is empty')).toBeVisible();
  await page.keyboard.press('Backspace');
  await expect(rowOf(page, 'Inner')).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(rowOf(page, 'x.txt')).toBeFocused();
  await page.keyboard.press('Backspace');
  await expect(rowOf(page, 'f50')).toBeFocused();
  expect(await page.locator('.scroller').evaluate((s) => s.scrollTop)).toBe(top);
  await page.goBack();
  await expect(rowOf(page, 'x.txt')).toBeFocused();
});

test('a double click opens one folder, and a held Delete deletes one file', async ({ page, user, program }) => {
  await program.put('/One/Two/Three/x.txt', 'x');
  for (const name of ['a.txt', 'b.txt', 'c.txt']) await program.put('/' + name, name);
  await signIn(page, user);
  let answer = () => {};
  await page.route('**/api/v1/folders/One?*', async (route) => {
    await route.continue();
    answer();
  });
  await rowOf(page, 'One').hover();
  const listed = new Promise<void>((resolve) => (answer = resolve));
  await page.mouse.down({ clickCount: 1 });
  await page.mouse.up({ clickCount: 1 });
  await listed;
  await expect(rowOf(page, 'Two')).toBeVisible();
  await page.mouse.down({ clickCount: 2 });
  await page.mouse.up({ clickCount: 2 });
  await expect(page.getByRole('heading', { name: 'One' })).toBeVisible();
  await page.goBack();
  await rowOf(page, 'a.txt').focus();
  await page.keyboard.down('Delete');
  await expect(rowOf(page, 'a.txt')).toHaveCount(0);
  await expect(rowOf(page, 'b.txt')).toBeFocused();
  await page.keyboard.down('Delete'); // repeats
  await page.keyboard.up('Delete');
  await page.keyboard.press('F2'); // after it nothing of it is under way
  await expect(page.getByRole('textbox', { name: 'Name' })).toHaveValue('b.txt');
});

test('after a context menu the keys go on at the entry', async ({ page, user, program }) => {
  for (const name of ['a.txt', 'b.txt']) await program.put('/' + name, name);
  await signIn(page, user);
  await rowOf(page, 'a.txt').click({ button: 'right' });
  await expect(page.getByRole('menuitem', { name: 'Open' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(rowOf(page, 'a.txt')).toBeFocused();
});

test('previews leave one step in the history, and a dialog does not outlive its folder', async ({ page, user, program }) => {
  for (const name of ['a.txt', 'b.txt']) await program.put('/Box/' + name, name);
  await signIn(page, user);
  await rowOf(page, 'Box').click();
  for (const name of ['a.txt', 'b.txt', 'a.txt']) {
    await rowOf(page, name).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
  }
  await page.goBack();
  await expect(rowOf(page, 'Box')).toBeVisible();
  await page.goForward();
  await choose(page, 'a.txt', 'Move to…');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible();
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('names: no way out of the folder, no rename without a change', async ({ page, user, program }) => {
  await program.put('/ spaced.txt', 'x');
  await program.put('/a.txt', 'a');
  await program.ask('PUT', '/folders/Box');
  await signIn(page, user);
  await expect(rowOf(page, 'a.txt')).toBeVisible();
  const moves: string[] = [];
  page.on('request', (r) => {
    if (/\/(move|copy)$/.test(r.url()) || r.method() === 'PUT') moves.push(r.url());
  });
  const field = page.getByRole('textbox', { name: 'Name' });
  await rowOf(page, ' spaced.txt').focus();
  await page.keyboard.press('F2');
  await field.press('Enter');
  await expect(field).toHaveCount(0);
  await rowOf(page, 'a.txt').focus();
  await page.keyboard.press('F2');
  for (const name of ['Box/b.txt', '..']) {
    await field.fill(name);
    await field.press('Enter');
    await expect(field).toHaveJSProperty('validationMessage', 'This name is not possible.');
  }
  await field.press('Escape');
  await page.keyboard.press('n');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name of the folder').fill('x/y');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await expect(dialog.getByLabel('Name of the folder')).toHaveJSProperty('validationMessage', 'This name is not possible.');
  await page.keyboard.press('Escape');
  expect(moves).toEqual([]);

  // A copy beside itself is not offered.
  await choose(page, 'a.txt', 'Copy to…');
  await expect(dialog.getByRole('button', { name: 'Copy here' })).toBeDisabled();
  await dialog.getByRole('button', { name: 'Box' }).click();
  await expect(dialog.getByRole('button', { name: 'Copy here' })).toBeEnabled();
});

test('pressed twice it is made once', async ({ page, user, program }) => {
  await signIn(page, user);
  await page.route('**/api/v1/folders/Box*', async (route) => {
    if (route.request().method() === 'PUT') asked++;
    await route.continue();
  });
  let asked = 0;
  await page.keyboard.press('n');
  await page.getByLabel('Name of the folder').fill('Box');
  await page.getByRole('button', { name: 'Create' }).dblclick();
  await expect(rowOf(page, 'Box')).toBeVisible();
  expect(asked).toBe(1);
  expect((await program.ask<{ kind: string }>('GET', '/entries/Box')).kind).toBe('folder');
});

test('the focus goes with a link into what it leads to, and a row says what it is', async ({ page, user, program, browser }) => {
  await program.put('/Box/in/a.txt', 'a');
  await signIn(page, user, '/search?q=in');
  const link = page.getByRole('link', { name: 'in', exact: true });
  await link.focus();
  await page.keyboard.press('Enter');
  await expect(rowOf(page, 'a.txt')).toBeVisible();
  await expect(page.locator('#content')).toBeFocused();
  await expect(page.getByRole('row', { name: /^a\.txt, 1.B, / })).toBeVisible();
  await page.goto('/files/Box');
  await expect(page.getByRole('row', { name: /^in, Folder, / })).toBeVisible();

  const { url } = await program.ask<{ url: string }>('POST', '/links', { path: '/Box' });
  const visitor = await (await browser.newContext({ locale: 'en' })).newPage();
  await visitor.goto(program.url + new URL(url).pathname);
  await visitor.getByRole('link', { name: 'in', exact: true }).focus();
  await visitor.keyboard.press('Enter');
  await expect(rowOf(visitor, 'a.txt')).toBeVisible();
  await expect(visitor.locator('#content')).toBeFocused();
  await visitor.keyboard.press('Tab');
  await expect(visitor.getByRole('link', { name: 'Box' })).toBeFocused();
  await visitor.context().close();
});

test('the Enter that ends a word of an input method does not end the name', async ({ page, user, program }) => {
  await program.put('/a.txt', 'a');
  await signIn(page, user);
  await rowOf(page, 'a.txt').focus();
  await page.keyboard.press('F2');
  const field = page.getByRole('textbox', { name: 'Name' });
  await field.fill('かな');
  await field.evaluate((input) => {
    for (const how of [{ isComposing: true }, { keyCode: 229 }]) input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, ...how }));
  });
  await expect(field).toBeFocused();
  await page.keyboard.press('End');
  await page.keyboard.type('.txt');
  await page.keyboard.press('Enter');
  await expect(rowOf(page, 'かな.txt')).toBeVisible();
});
