// Opens the public page in headless Chromium and uses it as people do; one line a check.
//
// usage: page.mjs BASE SAMPLES PICTURES
//   BASE      address of a running service's public listener
//   SAMPLES   the demo's folder `sample` with files that this service issued
//   PICTURES  folder for screenshots, to be looked at by a person
//
// playwright-core comes from target/tools (tests/install.sh) or from NODE_PATH; Chromium is Debian's.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const installed = createRequire(new URL('../../target/tools/node/', import.meta.url));
const { chromium } = installed('playwright-core');

const [base, samples, pictures] = process.argv.slice(2);
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
const DESKTOP = { viewport: { width: 1280, height: 800 } };

let failed = 0;
const strays = []; // requests to anywhere but the service
const faults = []; // what the browser complained about: breaches of the policy, errors of the script
const asked = []; // every address that was sent

mkdirSync(pictures, { recursive: true });
const scratch = mkdtempSync(join(tmpdir(), 'page-'));
const browser = await chromium.launch({
  executablePath: ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find(existsSync),
  // Whatever asks for another host finds none.
  args: ['--disable-gpu', '--disable-quic', '--disable-background-networking', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
});

// ---- Files ----

const [GOOD, RESERVED, BAD] = ['good', 'reserved', 'bad'];
for (const [name, tone, zh, en] of [
  ['good/diploma', GOOD, '证照真实，现行有效。', 'Authentic and valid.'],
  ['good/approval', GOOD, '证照真实，现行有效。', 'Authentic and valid.'],
  ['bad/suspended', RESERVED, '证照真实，但已被暂停使用。', 'Authentic, but suspended.'],
  ['bad/superseded', RESERVED, '证照真实，但已被新版本取代。', 'Authentic, but superseded by a later version.'],
  ['bad/revoked', BAD, '证照真实，但已吊销。', 'Authentic, but revoked.'],
  ['bad/tampered', BAD, '文件不真实。', 'Not authentic.'],
  ['bad/foreign', BAD, '文件不真实。', 'Not authentic.'],
]) {
  for (const [kind, device, locale, words] of [['phone', PHONE, 'zh-CN', zh], ['desktop', DESKTOP, 'en-GB', en]]) {
    await check(`file ${name} on a ${kind} in ${locale}`, device, locale, async (page) => {
      await page.goto(base);
      await choose(page, sample(name));
      await verdict(page, tone, words);
      await has(page, '#subject', `${basename(name)}.pdf`);
      await gone(page, '#no-file');
      await open(page, '#details');
      await fits(page);
      await picture(page, `${kind}-${basename(name)}`);
    });
  }
}

await check('a dropped file gets its verdict', DESKTOP, 'en-GB', async (page) => {
  await page.goto(base);
  await drop(page, [sample('good/diploma')]);
  await verdict(page, GOOD, 'Authentic and valid.');
});

await check('details name state, agency, seal, findings and age', DESKTOP, 'en-GB', async (page) => {
  await page.goto(base);
  await choose(page, sample('good/approval'));
  await open(page, '#details');
  for (const words of ['State on record', 'had the right to issue', 'TOTAL-PASSED', 'Claimed time', 'Beijing time', 'the registry', 'authentic_valid']) {
    await has(page, '#facts', words);
  }
  await choose(page, sample('bad/tampered'));
  await has(page, '#facts', 'HASH_FAILURE');
  await has(page, '#facts', 'RFC 5652');
});

const LARGE = write('large.pdf', Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(30 << 20)]));
await check('a file of 30 MB gets its verdict', DESKTOP, 'en-GB', async (page) => {
  await page.goto(base);
  await choose(page, LARGE);
  await verdict(page, BAD, 'Not authentic.');
});

await check('over a slow line it shows how far it is, the page stays alive, and it can be cancelled', DESKTOP, 'en-GB', async (page) => {
  await page.goto(base);
  const line = await page.context().newCDPSession(page);
  await line.send('Network.enable');
  await line.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 2 << 20 });
  await choose(page, LARGE);
  await has(page, '#busy', 'Sending the file…');
  await page.waitForFunction(() => document.getElementById('progress').value > 0.05);
  await picture(page, 'desktop-sending');
  await page.getByRole('button', { name: '中文' }).click();
  await has(page, '#busy', '正在发送文件……');
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await gone(page, '#busy');
  await gone(page, '#result');
});

// ---- Codes ----

const addresses = { 'good/diploma': addressOn('good/diploma'), 'bad/suspended': addressOn('bad/suspended') };
for (const [name, tone, zh, en] of [
  ['good/diploma', GOOD, '证照真实，现行有效。', 'Authentic and valid.'],
  ['bad/suspended', RESERVED, '证照真实，但已被暂停使用。', 'Authentic, but suspended.'],
]) {
  for (const [kind, device, locale, words, noFile] of [
    ['phone', PHONE, 'zh-CN', zh, '没有核验任何文件。'],
    ['desktop', DESKTOP, 'en-GB', en, 'No file was checked.'],
  ]) {
    await check(`the QR code of ${name} on a ${kind} in ${locale}`, device, locale, async (page) => {
      await page.goto(base + addresses[name]);
      await verdict(page, tone, words);
      await has(page, '#no-file', noFile);
      await fits(page);
      await picture(page, `${kind}-code-${basename(name)}`);
      // From here to the file itself.
      const choosing = page.waitForEvent('filechooser');
      await page.locator('#then-file').click();
      await (await choosing).setFiles(sample(name));
      await gone(page, '#no-file');
      await verdict(page, tone, words);
      same(new URL(page.url()).hash, '', 'the code is gone from the address');
    });
  }
}

await check('another QR code on the open page takes its place', DESKTOP, 'en-GB', async (page) => {
  await page.goto(base + addresses['good/diploma']);
  await verdict(page, GOOD, 'Authentic and valid.');
  await page.goto(base + addresses['bad/suspended']);
  await verdict(page, RESERVED, 'Authentic, but suspended.');
});

await check('a code is taken as people type it', PHONE, 'en-GB', async (page) => {
  await page.goto(base);
  const code = addresses['good/diploma'].split('#')[1];
  const typed = code.toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l').match(/.{4}/g).join(' - ');
  await page.getByLabel('Code under the QR code').fill(typed);
  await page.keyboard.press('Enter');
  await verdict(page, GOOD, 'Authentic and valid.');
});

await check('a code that is on no record is unknown', DESKTOP, 'en-GB', async (page) => {
  await page.goto(`${base}/v#0000000000000000`);
  await verdict(page, 'unknown', 'Nothing on record.');
  await has(page, '#no-file', 'First compare the code');
});

await check('a code that is none is refused in words, and nothing is sent', DESKTOP, 'zh-CN', async (page) => {
  await page.goto(base);
  const before = asked.length;
  await page.getByLabel('二维码下方的核验码').fill('ABCD EFGU');
  await page.keyboard.press('Enter');
  await has(page, '#code-error', '核验码应为 16 位字母和数字');
  same(await page.getByLabel('二维码下方的核验码').getAttribute('aria-invalid'), 'true', 'aria-invalid');
  await page.goto(`${base}/v#ABC`);
  await problem(page, '地址中的核验码不完整，未查询。');
  same(asked.slice(before).filter((address) => address.includes('/v1/')), [], 'asked of the service');
});

// ---- Language, keyboard, screen readers, paper ----

await check('the language changes with the verdict on screen and stays in the address', DESKTOP, 'zh-TW', async (page) => {
  await page.goto(base + addresses['good/diploma']);
  await verdict(page, GOOD, '证照真实，现行有效。');
  same(await page.locator('html').getAttribute('lang'), 'zh-CN', 'lang');
  await page.getByRole('button', { name: 'English' }).click();
  await verdict(page, GOOD, 'Authentic and valid.');
  same(await page.locator('html').getAttribute('lang'), 'en', 'lang');
  await page.reload();
  await verdict(page, GOOD, 'Authentic and valid.');
  same(await page.title(), 'Verify a certificate', 'title');
});

await check('any other language reads English', DESKTOP, 'fr-FR', async (page) => {
  await page.goto(base);
  await has(page, 'h1', 'Verify a certificate');
});

await check('the keyboard alone is enough', DESKTOP, 'en-GB', async (page) => {
  await page.goto(base);
  const stops = [];
  for (let step = 0; step < 4; step++) {
    await page.keyboard.press('Tab');
    stops.push(await page.evaluate(() => document.activeElement.id || document.activeElement.textContent));
  }
  same(stops, ['language', 'file', 'code', 'Look up'], 'stops of the Tab key');
  await page.getByLabel('Code under the QR code').focus();
  await page.keyboard.type(addresses['good/diploma'].split('#')[1]);
  await page.keyboard.press('Enter');
  await verdict(page, GOOD, 'Authentic and valid.');
  same(await page.evaluate(() => document.activeElement.id), 'result', 'focus');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await has(page, '#facts', 'State on record');
  same(await page.locator('#details').getAttribute('open'), '', 'details are open');
});

await check('a screen reader is told the verdict', DESKTOP, 'en-GB', async (page) => {
  await page.goto(base);
  await choose(page, sample('bad/tampered'));
  const told = page.locator('[aria-live=polite]');
  for (const words of ['Do not rely on it', 'Not authentic.', 'The content was changed', 'check the original']) {
    await told.filter({ hasText: words }).waitFor({ state: 'attached' });
  }
});

await check('printed, the verdict stands with its details and without the forms', DESKTOP, 'zh-CN', async (page) => {
  await page.goto(base);
  await choose(page, sample('good/diploma'));
  await verdict(page, GOOD, '证照真实，现行有效。');
  const paper = join(pictures, 'printed.pdf');
  await page.pdf({ path: paper, format: 'A4', printBackground: false });
  const text = execFileSync('pdftotext', ['-raw', paper, '-'], { encoding: 'utf8' });
  same(['证照真实，现行有效。', '颁发机构', '打印件不是证明', '选择文件'].map((words) => text.includes(words)), [true, true, true, false], text);
});

// ---- What goes wrong ----

const PDF = sample('good/diploma');
for (const [what, file, zh, en] of [
  ['a photo', write('photo.jpg', Buffer.from([0xff, 0xd8, 0xff, 0xe0])), '这不是 PDF 文件，未核验。', 'This is no PDF file and was not checked.'],
  ['an empty file', write('empty.pdf', ''), '文件是空的，未核验。', 'The file is empty and was not checked.'],
  ['a file of 33 MiB', write('huge.pdf', Buffer.alloc(33 << 20)), '文件太大，未核验。', 'The file is too large and was not checked.'],
]) {
  await problemIn(what, zh, en, (page) => choose(page, file));
}
await problemIn('two files', '一次只能核验一个文件。', 'One file at a time, please.', (page) => drop(page, [PDF, PDF]));
for (const [status, zh, en] of [
  [413, '文件太大，未核验。', 'The file is too large and was not checked.'],
  [429, '目前查询太多，未核验。', 'There are too many questions at the moment; nothing was checked.'],
  [502, '服务暂时不可用，未核验。', 'The service is not available; nothing was checked.'],
  [503, '服务暂时不可用，未核验。', 'The service is not available; nothing was checked.'],
]) {
  await problemIn(`status ${status}`, zh, en, async (page) => {
    await page.route('**/v1/public/files', (route) => route.fulfill({ status, body: 'no JSON' }));
    await choose(page, PDF);
  });
}
await problemIn('a page of somebody else', '服务的答复无法识别，未核验。', 'The answer could not be understood; nothing was checked.', async (page) => {
  await page.route('**/v1/public/files', (route) => route.fulfill({ status: 200, contentType: 'text/html', body: '<h1>Log in to this Wi-Fi</h1>' }));
  await choose(page, PDF);
});
await problemIn('no network', '没有网络，未核验。', 'You are offline; nothing was checked.', async (page) => {
  await page.context().setOffline(true);
  await choose(page, PDF);
});
await problemIn('a broken connection', '连接中断，未核验。', 'The connection failed; nothing was checked.', async (page) => {
  await page.route('**/v1/public/files', (route) => route.abort('connectionreset'));
  await choose(page, PDF);
});
await problemIn("the service's own problem", '请求体传输停顿过久', 'the body paused for too long', async (page) => {
  const body = JSON.stringify({ detail: 'the body paused for too long; try again', detail_zh: '请求体传输停顿过久；请重试' });
  await page.route('**/v1/public/files', (route) => route.fulfill({ status: 408, contentType: 'application/problem+json', body }));
  await choose(page, PDF);
}, '#sentences');

await check('what comes from outside is text and never markup', DESKTOP, 'en-GB', async (page) => {
  const markup = '<img src=x onerror=alert(1)>';
  const verdict = { outcome: markup, basis: 'file', seal: { signer: { subject: markup } }, findings: [{ seen: markup, code: markup }], authority: { agency: markup } };
  const sentences = [markup, markup, markup];
  await page.route('**/v1/public/files', (route) => route.fulfill({ json: { zh: sentences, en: sentences, verdict } }));
  await page.goto(base);
  await choose(page, write(`${markup}.pdf`, '%PDF-1.7'));
  await has(page, '#headline', markup);
  await open(page, '#details');
  await has(page, '#facts', markup);
  same(await page.locator('#result img').count(), 0, 'elements made from it');
  // An outcome that the page does not know is never green.
  same(await page.locator('#result').getAttribute('class'), 'card unknown', 'class');
});

// ---- All together ----

await check('nothing is kept: no cookie, no storage', DESKTOP, 'en-GB', async (page) => {
  await page.goto(base + addresses['good/diploma']);
  await choose(page, PDF);
  await verdict(page, GOOD, 'Authentic and valid.');
  same(await page.context().cookies(), [], 'cookies');
  same(await page.evaluate(async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length]), [0, 0, 0], 'stored');
});
for (const [kind, device] of [['phone', PHONE], ['desktop', DESKTOP]]) {
  for (const locale of ['zh-CN', 'en-GB']) {
    await check(`the empty page on a ${kind} in ${locale}`, device, locale, async (page) => {
      await page.goto(base);
      await page.locator('#drop').waitFor();
      await fits(page);
      await picture(page, `${kind}-empty-${locale.slice(0, 2)}`);
    });
  }
}
settle('no request left the origin', strays);
settle('no code stood in an address that was sent', asked.filter((address) => /[0-9A-HJKMNP-TV-Z]{16}/.test(address)));
settle('the browser had nothing to complain of', faults);

await browser.close();
rmSync(scratch, { recursive: true });
console.log(failed === 0 ? 'all checks hold' : `${failed} checks failed`);
process.exit(failed === 0 ? 0 : 1);

// ---- Helpers ----

// One story in a browser of its own; a check that fails leaves a picture of what was there.
async function check(name, device, locale, story) {
  const context = await browser.newContext({ ...device, locale });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  page.on('request', (request) => {
    const address = request.url();
    asked.push(address);
    if (!address.startsWith(`${base}/`) && !address.startsWith('data:')) strays.push(`${name}: ${address}`);
  });
  page.on('pageerror', (error) => faults.push(`${name}: ${error}`));
  page.on('console', (message) => {
    // Chromium notes each failed call by itself; the page says the same in words.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) faults.push(`${name}: ${message.text()}`);
  });
  try {
    await story(page);
    console.log(`ok      ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}: ${error.message}`);
    await picture(page, `failed-${failed}`);
  }
  await context.close();
}

// A problem shows in both languages, as a problem and not as a verdict.
async function problemIn(what, zh, en, act, place = '#headline') {
  for (const [kind, device, locale, words] of [['phone', PHONE, 'zh-CN', zh], ['desktop', DESKTOP, 'en-GB', en]]) {
    await check(`${what} is a problem in words, ${locale}`, device, locale, async (page) => {
      await page.goto(base);
      await act(page);
      await problem(page, words, place);
      await fits(page);
      await picture(page, `${kind}-problem-${what.replace(/\W+/g, '-')}`);
    });
  }
}

async function problem(page, words, place = '#headline') {
  await has(page, place, words);
  await gone(page, '#details');
  same(await page.locator('#result').getAttribute('class'), 'card unknown', 'class');
}

// Colour, sign and words agree.
async function verdict(page, tone, words) {
  await has(page, '#headline', words);
  same(await page.locator('#result').getAttribute('class'), `card ${tone}`, 'class');
  same(await page.locator('#sign').getAttribute('href'), `#sign-${tone}`, 'sign');
  same(await page.locator('#sentences dd').count(), 2, 'why and what to do');
}

function settle(name, found) {
  if (found.length === 0) return console.log(`ok      ${name}`);
  failed++;
  console.log(`FAILED  ${name}:\n  ${found.join('\n  ')}`);
}

function same(got, wanted, what) {
  const [left, right] = [got, wanted].map((value) => JSON.stringify(value));
  if (left !== right) throw new Error(`${what}: ${left}, not ${right}`);
}

async function has(page, selector, words) {
  await page.locator(selector).filter({ hasText: words }).waitFor({ state: 'visible' });
}

async function gone(page, selector) {
  await page.locator(selector).waitFor({ state: 'hidden' });
}

async function open(page, selector) {
  await page.locator(`${selector} summary`).click();
}

async function choose(page, file) {
  await page.locator('#file').setInputFiles(file);
}

async function drop(page, paths) {
  const files = paths.map((path) => ({ name: basename(path), base64: readFileSync(path, 'base64') }));
  const transfer = await page.evaluateHandle((files) => {
    const transfer = new DataTransfer();
    for (const { name, base64 } of files) {
      transfer.items.add(new File([Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0))], name));
    }
    return transfer;
  }, files);
  for (const kind of ['dragover', 'drop']) await page.dispatchEvent('#drop', kind, { dataTransfer: transfer });
}

// Nothing is wider than the screen.
async function fits(page) {
  const [wide, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  same(wide, screen, 'width in pixels');
}

async function picture(page, name) {
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

// What the printed QR code says, from /v on.
function addressOn(name) {
  const page = join(scratch, basename(name));
  execFileSync('pdftoppm', ['-r', '150', '-png', '-singlefile', sample(name), page]);
  const said = execFileSync('zbarimg', ['--raw', '--quiet', `${page}.png`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const { pathname, hash } = new URL(said.trim());
  same([pathname, hash.length], ['/v', 17], said);
  return pathname + hash;
}

function sample(name) {
  return join(samples, `${name}.pdf`);
}

function write(name, content) {
  const path = join(scratch, name);
  writeFileSync(path, content);
  return path;
}
